/* SPDX-License-Identifier: Apache-2.0 */
/* Reads samples. Never trusts a length or a text: a process chooses its arguments and names. */
#include "agent/sensors/process/process_text.h"

#include "agent/sensors/path.h"

#include <string.h>

#define APPLET_MAX 32

static struct str take(struct str *rest, size_t len)
{
	struct str piece = str_sub(*rest, 0, len);

	*rest = str_sub(*rest, len, rest->len);
	return piece;
}

bool process_text_read(struct str bytes, struct process_text *out)
{
	struct process_sample *h = &out->head;
	size_t texts;

	if (bytes.len < sizeof(*h))
		return false;
	memcpy(h, bytes.data, sizeof(*h));
	bytes = str_sub(bytes, sizeof(*h), bytes.len);
	texts = (size_t)h->exe_len + h->cwd_len + h->args_len;
	/* The kernel's ring pads nothing, but what it read may be more than it kept. */
	if (h->version != PROCESS_SAMPLE_VERSION || h->kind == 0 || h->kind >= PROCESS_SAMPLE_KINDS || h->pid == 0 ||
	    texts != bytes.len || (size_t)h->exe_len + h->cwd_len > PROCESS_SAMPLE_PATH_MAX ||
	    h->args_len > PROCESS_SAMPLE_ARGS_MAX)
		return false;
	out->name = (struct str){h->name, strnlen(h->name, sizeof(h->name))};
	out->exe = take(&bytes, h->exe_len);
	out->cwd = take(&bytes, h->cwd_len);
	out->args = take(&bytes, h->args_len);
	while (out->args.len && out->args.data[out->args.len - 1] == '\0')
		out->args.len--;
	return true;
}

/* Of these distributions make links by the names of what is in them: Debian's insmod is kmod, its iptables xtables. */
static bool is_multi_call(struct str base)
{
	static const struct str others[] = {
		STR("toybox"),	      STR("kmod"),	    STR("xtables-nft-multi"), STR("xtables-legacy-multi"),
		STR("xtables-multi"), STR("dropbearmulti"), STR("coreutils")};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_equal(base, others[i]))
			return true;
	return str_starts(base, STR("busybox"));
}

static bool is_applet(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '[' || c == '.' || (i > 0 && c == '-')))
			return false;
	}
	return name.len > 0 && name.len <= APPLET_MAX;
}

struct str process_text_applet(struct str exe, struct str args)
{
	struct str base = path_base(exe), first = path_base(str_cut(&args, '\0'));

	if (!is_multi_call(base))
		return STR_NONE;
	if (str_starts(first, STR("-"))) /* a login shell */
		first = str_sub(first, 1, first.len);
	if (is_multi_call(first))
		first = str_cut(&args, '\0');
	return is_applet(first) ? first : STR_NONE;
}
