/* SPDX-License-Identifier: Apache-2.0 */
/* Each look goes through the whole text, line by line: it is some hundred kilobytes, and looked at once. */
#include "agent/actor/kernel/kernel_config.h"

#include <stdint.h>

enum kernel_answer kernel_config_find(struct str text, struct str symbol)
{
	enum kernel_answer answer = KERNEL_UNNAMED;

	while (!str_empty(text)) {
		struct str line = str_trim(str_cut(&text, '\n'));
		bool off = str_take(&line, STR("# "));

		if (!str_take(&line, STR("CONFIG_")) || !str_take(&line, symbol))
			continue;
		if (off ? str_equal(line, STR(" is not set")) : str_equal(line, STR("=n")))
			answer = KERNEL_OFF;
		else if (!off && str_equal(line, STR("=m")))
			answer = KERNEL_MODULE;
		else if (!off && str_starts(line, STR("=")))
			answer = KERNEL_BUILT_IN;
	}
	return answer;
}

/* Take the number at the front. False: there is none. */
static bool take_number(struct str *s, uint64_t *out)
{
	size_t digits = 0;
	struct str number;

	while (digits < s->len && s->data[digits] >= '0' && s->data[digits] <= '9')
		digits++;
	number = str_sub(*s, 0, digits);
	*s = str_sub(*s, digits, s->len);
	return str_number(number, UINT32_MAX, out) == ERR_OK;
}

static bool take_version(struct str s, uint64_t *out)
{
	uint64_t major, minor;

	if (!take_number(&s, &major) || !str_take(&s, STR(".")) || !take_number(&s, &minor))
		return false;
	*out = major << 32 | minor;
	return true;
}

bool kernel_config_since(struct str release, struct str version)
{
	uint64_t have, want;

	return take_version(release, &have) && take_version(version, &want) && have >= want;
}
