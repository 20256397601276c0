/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop policy lint`, `render`, `build` and `diff`: packet-filter policies on the operator's machine. */
#include "server-stub/cli/fleet.h"

#include "agent/base/json.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/policy_file.h"
#include "server-stub/cli/sigma_files.h"
#include "server-stub/filter/render.h"

#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX (FILTER_GRANTS_MAX * FILTER_PORTS_MAX + FILTER_DECOYS_MAX + 8)
#define DESCRIBED_MAX (4u << 20)

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command lint_command = {
	.usage = "policy lint FILE",
	.about = "Say all that is wrong with a packet-filter policy: FILE:LINE:COLUMN, and what to write instead. The\n"
		 "status is 0 if nothing is.",
	.examples = "  caltrop policy lint camera.yml\n"
		    "  caltrop policy lint --json camera.yml | jq .mistakes",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void lint_json(const char *file, const struct draft_mistakes *m)
{
	static char memory[65536];
	struct buf b = buf_over(memory, sizeof(memory));
	struct json j = json_over(&b);

	json_begin_object(&j);
	json_member(&j, "file", str_from(file));
	json_key(&j, "mistakes");
	json_begin_array(&j);
	for (unsigned i = 0; i < m->count; i++) {
		json_begin_object(&j);
		json_key(&j, "line");
		json_u64(&j, m->list[i].line);
		json_key(&j, "column");
		json_u64(&j, m->list[i].column);
		json_member(&j, "why", str_from(m->list[i].why));
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	printf("%.*s\n", (int)b.len, b.data);
}

int cmd_policy_lint(int argc, char **argv)
{
	static struct draft_mistakes mistakes;
	static struct filter filter;
	struct opts_list args;
	int status = opts_read(&lint_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = policy_file_read(args.items[0], &filter, &mistakes);
	if (status != OPTS_GO_ON)
		return status;
	if (opts_common.json)
		lint_json(args.items[0], &mistakes);
	else
		policy_file_say(args.items[0], &mistakes);
	return mistakes.count ? COMMAND_FAILED : COMMAND_OK;
}

static const struct opts_command render_command = {
	.usage = "policy render FILE",
	.about = "Print the rules of nf_tables that a policy becomes, as `nft -f` takes them and devices put them in\n"
		 "force. A device adds what only it knows: the addresses of its service and its resolvers.",
	.examples = "  caltrop policy render camera.yml\n"
		    "  caltrop policy render camera.yml | nft --check -f -",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_policy_render(int argc, char **argv)
{
	static char memory[RENDER_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	static struct filter filter;
	struct opts_list args;
	int status = opts_read(&render_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = policy_file_load(args.items[0], &filter);
	if (status != OPTS_GO_ON)
		return status;
	render_table(&b, &filter);
	if (buf_check(&b) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s: its rules are more than %u bytes", args.items[0],
				   RENDER_BYTES_MAX);
	if (opts_common.json) {
		static char escaped[2 * RENDER_BYTES_MAX];
		struct buf out = buf_over(escaped, sizeof(escaped));
		struct json j = json_over(&out);

		json_begin_object(&j);
		json_member(&j, "nft", buf_str(&b));
		json_end_object(&j);
		printf("%.*s\n", (int)out.len, out.data);
		return COMMAND_OK;
	}
	printf("%.*s", (int)b.len, b.data);
	return COMMAND_OK;
}

static const char *build_out;

static const struct opts_option build_options[] = {
	{OPTS_TEXT, "o", "OUT", &build_out, "the file to write; - is standard output"},
	{.kind = OPTS_END},
};

static const struct opts_command build_command = {
	.usage = "policy build FILE -o OUT",
	.about =
		"Compile a policy to the form that devices take, for `caltrop local policy apply` on a device without\n"
		"a service. The same policy gives the same bytes.",
	.examples = "  caltrop policy build camera.yml -o camera.policy",
	.options = build_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_policy_build(int argc, char **argv)
{
	uint8_t memory[FILTER_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	static struct filter filter;
	struct opts_list args;
	int status = opts_read(&build_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (!build_out)
		return opts_wrong(&build_command, "say where to write it: -o OUT");
	status = policy_file_load(args.items[0], &filter);
	if (status != OPTS_GO_ON)
		return status;
	filter_encode(&b, &filter);
	status = sigma_files_write(build_out, buf_str(&b));
	if (status != OPTS_GO_ON)
		return status;
	fprintf(sigma_files_beside(build_out), "%s: %u grant%s, %zu bytes\n", build_out, filter.grant_count,
		filter.grant_count == 1 ? "" : "s", b.len);
	return COMMAND_OK;
}

static const struct opts_command diff_command = {
	.usage = "policy diff OLD NEW",
	.about = "Compare two policies by what they allow: '-' is only in OLD, '+' only in NEW. Each may be YAML or\n"
		 "what a device keeps in STATE_DIR/actor/policy. The status is 1 if they differ.",
	.examples = "  caltrop policy diff camera.yml camera-new.yml",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

/* What a policy says, line by line. */
struct lines {
	char *memory;
	unsigned count;
	struct str list[LINES_MAX];
};

static int load_lines(const char *file, struct lines *out)
{
	static struct filter filter;
	struct buf b;
	struct str rest;
	int status = policy_file_load(file, &filter);

	if (status != OPTS_GO_ON)
		return status;
	out->memory = malloc(DESCRIBED_MAX);
	b = buf_over(out->memory, out->memory ? DESCRIBED_MAX : 0);
	filter_describe(&b, &filter);
	if (buf_check(&b) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s: is too long to be compared", file);
	for (rest = buf_str(&b); rest.len && out->count < LINES_MAX;)
		out->list[out->count++] = str_cut(&rest, '\n');
	return OPTS_GO_ON;
}

/* Print the lines of one that the other one lacks, or add them to an array. Returns how many they are. */
static unsigned tell_missing(const struct lines *in, const struct lines *from, char sign, struct json *to)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < in->count; i++) {
		unsigned k = 0;

		while (k < from->count && !str_equal(in->list[i], from->list[k]))
			k++;
		if (k < from->count)
			continue;
		if (to)
			json_str(to, in->list[i]);
		else
			printf("%c %.*s\n", sign, (int)in->list[i].len, in->list[i].data);
		missing++;
	}
	return missing;
}

static unsigned tell_difference(const struct lines *old, const struct lines *new)
{
	return tell_missing(old, new, '-', NULL) + tell_missing(new, old, '+', NULL);
}

static int difference_json(const struct lines *old, const struct lines *new)
{
	char *memory = malloc(2 * DESCRIBED_MAX);
	struct buf b = buf_over(memory, memory ? 2 * DESCRIBED_MAX : 0);
	struct json j = json_over(&b);
	unsigned differ;

	json_begin_object(&j);
	json_key(&j, "only_old");
	json_begin_array(&j);
	differ = tell_missing(old, new, '-', &j);
	json_end_array(&j);
	json_key(&j, "only_new");
	json_begin_array(&j);
	differ += tell_missing(new, old, '+', &j);
	json_end_array(&j);
	json_end_object(&j);

	int status = differ ? COMMAND_FAILED : COMMAND_OK;

	if (buf_check(&b) == ERR_OK)
		printf("%.*s\n", (int)b.len, b.data);
	else
		status = opts_failed(COMMAND_FAILED, "the difference is too long to be printed");
	free(memory);
	return status;
}

int cmd_policy_diff(int argc, char **argv)
{
	static struct lines old, new;
	struct opts_list args;
	int status = opts_read(&diff_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = load_lines(args.items[0], &old);
	if (status == OPTS_GO_ON)
		status = load_lines(args.items[1], &new);
	if (status == OPTS_GO_ON && opts_common.json)
		status = difference_json(&old, &new);
	else if (status == OPTS_GO_ON)
		status = tell_difference(&old, &new) ? COMMAND_FAILED : COMMAND_OK;
	free(old.memory);
	free(new.memory);
	return status;
}
