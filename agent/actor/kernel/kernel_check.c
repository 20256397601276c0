/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the table, asks for each, and prints what it found. It needs no settings and no guard that runs. */
#include "agent/actor/kernel/kernel_check.h"

#include "agent/actor/kernel/kernel_config.h"
#include "agent/actor/kernel/kernel_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sysexits.h>

#define LINE_MAX_BYTES 1024

static const char *const states[] = {"unknown", "there", "missing"};

static bool is_version(const struct kernel_need *need)
{
	return need->symbol[0] >= '0' && need->symbol[0] <= '9';
}

/*
 * By the configuration, where behaviour tells nothing. That a configuration does not name a symbol says that it is off,
 * unless other kernels have what it stands for under no name of its own, as those with a probe may.
 */
static enum kernel_state by_config(const struct kernel_need *need, enum kernel_answer answer)
{
	switch (answer) {
	case KERNEL_MODULE:
	case KERNEL_BUILT_IN: return KERNEL_THERE;
	case KERNEL_OFF: return KERNEL_MISSING;
	default: return need->probe ? KERNEL_UNKNOWN : KERNEL_MISSING;
	}
}

static const char *remark(enum kernel_state state, enum kernel_state seen, enum kernel_answer answer)
{
	if (state == KERNEL_THERE)
		return seen == KERNEL_THERE ? "" : " (says its configuration)";
	if (state == KERNEL_UNKNOWN)
		return " (the kernel does not say)";
	if (answer == KERNEL_MODULE)
		return " (a module that is not loaded: is it installed for this kernel?)";
	return answer == KERNEL_BUILT_IN ? " (it is built in, and switched off)" : "";
}

enum kernel_state kernel_check_judge(const struct kernel_need *need, enum kernel_state seen,
				     const struct kernel_facts *facts, struct buf *line)
{
	bool version = is_version(need);
	enum kernel_answer answer = version || !facts->configured
					    ? KERNEL_UNNAMED
					    : kernel_config_find(facts->config, str_from(need->symbol));
	enum kernel_state state = seen;
	const char *why;

	if (state == KERNEL_UNKNOWN && version)
		state = kernel_config_since(str_from(facts->release), str_from(need->symbol)) ? KERNEL_THERE
											      : KERNEL_MISSING;
	else if (state == KERNEL_UNKNOWN && facts->configured)
		state = by_config(need, answer);
	why = version ? "" : remark(state, seen, answer);
	if (state == KERNEL_UNKNOWN && !need->probe)
		why = " (only its configuration would tell)";
	buf_printf(line, "%-8s %s%s%s", states[state], version ? "Linux " : "CONFIG_", need->symbol, why);
	if (state != KERNEL_THERE)
		buf_printf(line, ": without it, %s", need->lost);
	buf_char(line, '\n');
	return state;
}

int kernel_check(void)
{
	struct kernel_file *file = malloc(sizeof(*file));
	struct kernel_facts facts = {.release = "", .configured = false};
	struct utsname system;
	unsigned missing = 0;

	if (uname(&system) == 0)
		facts.release = system.release;
	if (file) {
		kernel_file_read(file, facts.release);
		facts.configured = file->path != NULL;
		facts.config = file->text;
	}
	printf("# Linux %s; its configuration: %s\n", facts.release, facts.configured ? file->path : "not found");
	for (const struct kernel_need *need = kernel_needs; need->symbol; need++) {
		char bytes[LINE_MAX_BYTES];
		struct buf line = buf_over(bytes, sizeof(bytes));
		enum kernel_state seen = need->probe ? need->probe() : KERNEL_UNKNOWN;

		missing += kernel_check_judge(need, seen, &facts, &line) == KERNEL_MISSING;
		fwrite(line.data, 1, line.len, stdout);
	}
	free(file);
	return missing ? EX_UNAVAILABLE : EX_OK;
}
