/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a stat file from its fixed ends: the name in it may hold anything. */
#include "agent/common/proc_stat.h"

#include "agent/base/str.h"

#include <string.h>

#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD in field 9 of proc_pid_stat(5) */

/* Next field after the name, separated by one space. */
static bool next_number(struct str *rest, int64_t *out)
{
	struct str field = str_cut(rest, ' ');
	bool negative = str_take(&field, STR("-"));
	uint64_t number;

	if (str_number(str_trim(field), INT64_MAX, &number) != ERR_OK)
		return false;
	*out = negative ? -(int64_t)number : (int64_t)number;
	return true;
}

enum err proc_stat_parse(const char *text, size_t len, struct proc_stat *out)
{
	struct str rest = {text, len}, head;
	int64_t fields[23] = {0};
	size_t open = str_find_byte(rest, '('), close;

	memset(out, 0, sizeof(*out));
	/* The name may hold spaces and parentheses: it ends at the last one. */
	for (close = len; close > 0 && text[close - 1] != ')'; close--)
		continue;
	if (open == SIZE_MAX || close < open + 2 || close + 3 > len)
		return ERR_INVALID;
	head = str_sub(rest, 0, open);
	if (!next_number(&head, &fields[1]))
		return ERR_INVALID;
	str_show(str_sub(rest, open + 1, close - open - 2), out->name, sizeof(out->name));
	rest = str_sub(rest, close + 3, SIZE_MAX);
	for (unsigned i = 4; i <= 22; i++)
		if (!next_number(&rest, &fields[i]))
			return ERR_INVALID;
	out->pid = (int32_t)fields[1];
	out->parent = (int32_t)fields[4];
	/* A first thread that has ended is a zombie too, while others of the process run on. */
	out->state = text[close + 1];
	out->dead = (text[close + 1] == 'Z' || text[close + 1] == 'X') && fields[20] <= 1;
	out->kernel_thread = (fields[9] & KERNEL_THREAD) != 0;
	out->start_ticks = (uint64_t)fields[22];
	return ERR_OK;
}
