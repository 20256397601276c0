/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of verdicts. */
#include "server-stub/sso/verdict.h"

#include <stddef.h>

const char *verdict_text(enum verdict v)
{
	static const char *const texts[] = {
#define X(name, text) text,
		VERDICT_MAP(X)
#undef X
	};

	return (size_t)v < sizeof(texts) / sizeof(texts[0]) ? texts[v] : "it is wrong";
}
