/* SPDX-License-Identifier: Apache-2.0 */
/* Reads times with strptime(3) for the fixed part and by hand for the rest. */
#include "server-stub/api/when.h"

#include "agent/base/now.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"

#include <time.h>

/* ".25" -> microseconds */
static enum err fraction(struct str *text, int64_t *us)
{
	int64_t unit = 100000;

	*us = 0;
	if (!str_take(text, STR(".")))
		return ERR_OK;
	if (!text->len || text->data[0] < '0' || text->data[0] > '9')
		return ERR_INVALID;
	while (text->len && text->data[0] >= '0' && text->data[0] <= '9') {
		*us += (text->data[0] - '0') * unit;
		unit /= 10;
		*text = str_sub(*text, 1, SIZE_MAX);
	}
	return ERR_OK;
}

/* "Z", "+02:00" -> seconds to take off */
static enum err offset(struct str text, int64_t *seconds)
{
	uint64_t hours, minutes;
	bool west;

	*seconds = 0;
	if (str_equal_fold(text, STR("Z")))
		return ERR_OK;
	if (text.len != 6 || (text.data[0] != '+' && text.data[0] != '-') || text.data[3] != ':')
		return ERR_INVALID;
	west = text.data[0] == '-';
	if (str_number(str_sub(text, 1, 2), 23, &hours) || str_number(str_sub(text, 4, 2), 59, &minutes))
		return ERR_INVALID;
	*seconds = (int64_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return ERR_OK;
}

enum err when_parse(struct str text, int64_t *wall_us)
{
	char date[20];
	struct tm tm = {0};
	uint64_t seconds;
	int64_t micro, away;

	if (str_number(text, UINT64_C(253402300799), &seconds) == ERR_OK) {
		*wall_us = (int64_t)seconds * SECOND_US;
		return ERR_OK;
	}
	if (text.len < 20 || str_copy(str_sub(text, 0, 19), date, sizeof(date)))
		return ERR_INVALID;
	if (date[10] == ' ' || date[10] == 't')
		date[10] = 'T';
	const char *end = strptime(date, "%Y-%m-%dT%H:%M:%S", &tm);

	text = str_sub(text, 19, SIZE_MAX);
	if (!end || *end || fraction(&text, &micro) || offset(text, &away))
		return ERR_INVALID;
	*wall_us = ((int64_t)timegm(&tm) - away) * SECOND_US + micro;
	return ERR_OK;
}

bool when_param(struct call *call, const char *name, int64_t *wall_us)
{
	char text[48];

	*wall_us = 0;
	if (!page_text(call, name, text, sizeof(text)))
		return false;
	if (!text[0] || when_parse(str_from(text), wall_us) == ERR_OK)
		return true;
	reply_error(call, FAULT_INVALID, "The parameter %s is not a time such as 2026-01-02T03:04:05Z or 1767323045.",
		    name);
	return false;
}
