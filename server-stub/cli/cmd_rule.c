/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop rule build` and `caltrop rule check`: Sigma becomes packs, or is told of. */
#include "server-stub/cli/fleet.h"

#include "agent/base/clock.h"
#include "agent/base/json.h"
#include "agent/cli/command.h"
#include "proto/object.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/sigma_files.h"
#include "server-stub/cli/sigma_pack.h"
#include "server-stub/cli/sigma_sensed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	const char *out, *name, *lists;
	int64_t version;
	bool skip;
} build = {.name = "rules"};

static const struct opts_option build_options[] = {
	{OPTS_TEXT, "o", "PACK", &build.out, "the pack to write, or - for standard output"},
	{OPTS_TEXT, "name", "NAME", &build.name, "the name of the pack (default: rules)"},
	{OPTS_COUNT, "version", "N", &build.version,
	 "devices take none below what they had (default: the time in milliseconds)"},
	{OPTS_TEXT, "lists", "FILE", &build.lists, "YAML with the values of placeholders as %Servers%"},
	{OPTS_FLAG, "skip-bad", NULL, &build.skip, "leave out what cannot be compiled, and still fail"},
	{.kind = OPTS_END},
};

static const struct opts_command build_command = {
	.usage = "rule build DIR|FILE... -o PACK",
	.about =
		"Compile Sigma rules, correlations and filters to a pack for devices. Folders are searched for *.yml "
		"and\n"
		"*.yaml. Test events that rules bring along (key `caltrop`) are run. The same rules, name and version\n"
		"give the same bytes. A pack is signed when it is offered to devices: caltrop object offer.",
	.examples = "  caltrop rule build rules/ -o base.pack --name base --version 7\n"
		    "  caltrop rule build sigma/rules/linux filters.yml -o linux.pack --lists servers.yml",
	.options = build_options,
	.args_min = 1,
	.args_max = OPTS_ARGS_MAX,
};

static int write_pack(struct compile *c)
{
	struct buf b = buf_over(malloc(PACK_BYTES_MAX), PACK_BYTES_MAX);
	const struct sigma_pack_as as = {build.name, (uint64_t)(build.version > 0 ? build.version : clock_wall_ms())};
	struct pack pack;
	int status = b.data ? sigma_pack_make(c, &as, &b, &pack) : opts_failed(COMMAND_FAILED, "out of memory");

	if (status == COMMAND_OK) {
		status = sigma_files_write(build.out, buf_str(&b));
		status = status == OPTS_GO_ON ? COMMAND_OK : status;
	}
	if (status == COMMAND_OK)
		fprintf(sigma_files_beside(build.out),
			"%s: pack '%s', version %llu: %u rules, %u correlations, %zu bytes\n", build.out, build.name,
			(unsigned long long)pack.version, pack_count(&pack, PACK_RULES),
			pack_count(&pack, PACK_CORRELATIONS), b.len);
	free(b.data);
	return status;
}

int cmd_rule_build(int argc, char **argv)
{
	struct compile c;
	struct opts_list paths;
	int status = opts_read(&build_command, argc, argv, &paths);

	if (status != OPTS_GO_ON)
		return status;
	if (!build.out)
		return opts_wrong(&build_command, "say where to write the pack: -o PACK");
	if (!object_name_valid(build.name))
		return opts_wrong(&build_command, "a pack's name is 1 to %d of a-z, 0-9, '.', '_' and '-'",
				  PACK_NAME_MAX);
	status = sigma_files_compile(&c, &paths, build.lists);
	if (status != OPTS_GO_ON)
		return status;
	sigma_files_say(&c);
	status = COMMAND_OK;
	if (c.refused && !build.skip)
		status = opts_failed(COMMAND_FAILED, "%u of %u rules cannot be compiled; no pack was written",
				     c.refused, c.count);
	else if (c.refused == c.count)
		status = opts_failed(COMMAND_FAILED, "none of the rules can be compiled; no pack was written");
	else if (write_pack(&c) != COMMAND_OK || c.refused)
		status = COMMAND_FAILED;
	compile_free(&c);
	return status;
}

static const char *check_lists;

static const struct opts_option check_options[] = {
	{OPTS_TEXT, "lists", "FILE", &check_lists, "YAML with the values of placeholders as %Servers%"},
	{.kind = OPTS_END},
};

static const struct opts_command check_command = {
	.usage = "rule check DIR|FILE...",
	.about = "Say of each Sigma rule whether it compiles, and whether a sensor of this build produces what it "
		 "looks at.\n"
		 "The status is 0 if no rule is refused.",
	.examples = "  caltrop rule check sigma/rules/linux\n"
		    "  caltrop rule check --json sigma/ | jq .totals",
	.options = check_options,
	.args_min = 1,
	.args_max = OPTS_ARGS_MAX,
};

static const char *const states[] = {"loaded", "no sensor", "refused"};
static const char *const state_keys[] = {"loaded", "no_sensor", "refused"};

/* Which of the states a rule is in, and why. */
static unsigned state_of(const struct compile_rule *r, char why[SIGMA_SENSED_WHY_MAX])
{
	why[0] = '\0';
	if (r->error.why[0])
		return 2;
	return sigma_sensed(r, why) ? 0 : 1;
}

static void print_rule(const struct compile_rule *r, unsigned state, const char *why)
{
	unsigned line = r->error.why[0] ? r->error.line : r->doc ? r->doc->line : 1;

	printf("%-9s  %s:%u: ", states[state], r->file, line);
	sigma_files_print(stdout, r->about.title, 300);
	fputs(why[0] && r->about.title.len ? ": " : "", stdout);
	sigma_files_print(stdout, str_from(why), DOC_WHY_MAX);
	putchar('\n');
}

static void json_rule(struct json *j, const struct compile_rule *r, unsigned state, const char *why)
{
	json_begin_object(j);
	json_member(j, "file", str_from(r->file));
	json_key(j, "line");
	json_u64(j, r->error.why[0] ? r->error.line : r->doc ? r->doc->line : 1);
	json_member(j, "id", r->about.id);
	json_member(j, "title", r->about.title);
	json_member(j, "state", str_from(state_keys[state]));
	json_key(j, "why");
	json_text(j, why[0] ? why : NULL);
	json_end_object(j);
}

static void json_totals(struct json *j, const unsigned totals[3], unsigned count)
{
	json_key(j, "totals");
	json_begin_object(j);
	json_key(j, "rules");
	json_u64(j, count);
	for (unsigned i = 0; i < 3; i++) {
		json_key(j, state_keys[i]);
		json_u64(j, totals[i]);
	}
	json_end_object(j);
}

static void report(const struct compile *c)
{
	char why[SIGMA_SENSED_WHY_MAX], memory[65536];
	unsigned totals[3] = {0, 0, 0};
	struct buf b = buf_over(memory, sizeof(memory));
	struct json j = json_over(&b);

	if (opts_common.json) {
		json_begin_object(&j);
		json_key(&j, "rules");
		json_begin_array(&j);
	}
	for (const struct compile_rule *r = c->first; r; r = r->next) {
		unsigned state = state_of(r, why);
		const char *reason = r->error.why[0] ? r->error.why : why;

		totals[state]++;
		if (!opts_common.json) {
			print_rule(r, state, reason);
			continue;
		}
		json_rule(&j, r, state, reason);
		fwrite(b.data, 1, b.len, stdout);
		b.len = 0;
	}
	if (!opts_common.json) {
		printf("%u rules: %u loaded, %u that no sensor here feeds, %u refused\n", c->count, totals[0],
		       totals[1], totals[2]);
		return;
	}
	json_end_array(&j);
	json_totals(&j, totals, c->count);
	json_end_object(&j);
	printf("%.*s\n", (int)b.len, b.data);
}

int cmd_rule_check(int argc, char **argv)
{
	struct compile c;
	struct opts_list paths;
	int status = opts_read(&check_command, argc, argv, &paths);

	if (status == OPTS_GO_ON)
		status = sigma_files_compile(&c, &paths, check_lists);
	if (status != OPTS_GO_ON)
		return status;
	report(&c);
	status = c.refused ? COMMAND_FAILED : COMMAND_OK;
	compile_free(&c);
	return status;
}
