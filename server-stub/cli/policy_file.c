/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files that the commands of `caltrop policy` are about. */
#include "server-stub/cli/policy_file.h"

#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/sigma_files.h"

#include <stdio.h>
#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
	const struct draft_mistake *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

int policy_file_read(const char *file, struct filter *out, struct draft_mistakes *mistakes)
{
	char why[FILTER_WHY_MAX];
	struct str text;
	int status = sigma_files_read(file, DRAFT_BYTES_MAX, &text);

	if (status != OPTS_GO_ON)
		return status;
	mistakes->count = 0;
	if (!str_starts(text, STR("CTF")))
		(void)draft_read(text, out, mistakes);
	else if (filter_decode(text, out, why) != ERR_OK)
		status = opts_failed(COMMAND_FAILED, "%s: %s", file, why);
	free((char *)text.data);
	qsort(mistakes->list, mistakes->count, sizeof(mistakes->list[0]), by_place);
	return status;
}

void policy_file_say(const char *file, const struct draft_mistakes *mistakes)
{
	for (unsigned i = 0; i < mistakes->count; i++) {
		const struct draft_mistake *m = &mistakes->list[i];

		if (m->line)
			fprintf(stderr, "%s:%u:%u: ", file, m->line, m->column);
		else
			fprintf(stderr, "%s: ", file);
		sigma_files_print(stderr, str_from(m->why), sizeof(m->why));
		putc('\n', stderr);
	}
	if (mistakes->more)
		fprintf(stderr, "%s: has more mistakes than %d\n", file, DRAFT_MISTAKES_MAX);
}

int policy_file_load(const char *file, struct filter *out)
{
	static struct draft_mistakes mistakes;
	int status = policy_file_read(file, out, &mistakes);

	if (status != OPTS_GO_ON || mistakes.count == 0)
		return status;
	policy_file_say(file, &mistakes);
	return COMMAND_FAILED;
}
