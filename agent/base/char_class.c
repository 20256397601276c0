/* SPDX-License-Identifier: Apache-2.0 */
/* One table for the decoders of the settings and for the compiler of Sigma rules. */
#include "agent/base/char_class.h"

#include <stddef.h>

static const struct {
	struct str name;
	const char *ranges;
} classes[] = {
	{STR("[:digit:]"), "09"},      {STR("[:alpha:]"), "AZaz"},     {STR("[:alnum:]"), "09AZaz"},
	{STR("[:xdigit:]"), "09AFaf"}, {STR("[:upper:]"), "AZ"},       {STR("[:lower:]"), "az"},
	{STR("[:space:]"), "\t\r  "},  {STR("[:punct:]"), "!/:@[`{~"}, {STR("[:blank:]"), "\t\t  "},
	{STR("[:print:]"), " ~"},      {STR("[:graph:]"), "!~"},
};

const char *char_class_take(struct str *rest)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (str_take(rest, classes[i].name))
			return classes[i].ranges;
	return NULL;
}
