/* SPDX-License-Identifier: Apache-2.0 */
/* Few attackers say little about a whole network; and hours of the day are a form of their own. */
#include "agent/common/settings_response.h"

#include "proto/verb.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 40

enum err settings_response_check(const struct settings *s, struct ini_error *error)
{
	if (s->ban_neighbours == 0 || s->ban_neighbours >= SETTINGS_NEIGHBOURS_MIN)
		return ERR_OK;
	snprintf(error->text, sizeof(error->text),
		 "[response] ban_neighbours: %u is less than %d attackers, which say too little of a whole network; "
		 "or 0 for never",
		 (unsigned)s->ban_neighbours, SETTINGS_NEIGHBOURS_MIN);
	return ERR_INVALID;
}

static enum err no(struct settings_value *v, struct str text, const char *phrase)
{
	char shown[SHOWN_MAX + 1];

	str_show(text, shown, sizeof(shown));
	snprintf(v->why, sizeof(v->why), "'%s' %s", shown, phrase);
	return ERR_INVALID;
}

/* "06:30" */
static bool read_minute(struct str text, uint16_t *out)
{
	struct str hours = str_cut(&text, ':');
	uint64_t hour, minute;

	if (hours.len != 2 || text.len != 2 || str_number(hours, 23, &hour) != ERR_OK ||
	    str_number(text, 59, &minute) != ERR_OK)
		return false;
	*out = (uint16_t)(hour * 60 + minute);
	return true;
}

/* The next word; commas part words, too. */
static struct str next(struct str *list)
{
	struct str word;
	size_t len = 0;

	while (!str_empty(*list) && strchr(", \t", list->data[0]))
		*list = str_sub(*list, 1, SIZE_MAX);
	while (len < list->len && !strchr(", \t", list->data[len]))
		len++;
	word = str_sub(*list, 0, len);
	*list = str_sub(*list, len, SIZE_MAX);
	return word;
}

enum err settings_response_hours(struct settings_value *v)
{
	struct settings_quiet quiet = {.on = true};
	struct str rest = v->text, from, hours = next(&rest), word = hours;
	char name[16];

	if (str_empty(word)) {
		*(struct settings_quiet *)v->target = (struct settings_quiet){.on = false};
		return ERR_OK;
	}
	from = str_cut(&word, '-');
	if (!read_minute(from, &quiet.from_min) || !read_minute(word, &quiet.to_min))
		return no(v, hours, "does not have the form HH:MM-HH:MM");
	while (!str_empty(word = next(&rest))) {
		uint16_t verb = str_copy(word, name, sizeof(name)) == ERR_OK ? verb_number(name) : VERB_NONE;

		if (verb == VERB_NONE || !verb_row(verb)->step)
			return no(v, word, "is not a step");
		if (verb == VERB_BAN)
			return no(v, word, "is never quiet: attackers do not keep hours");
		quiet.verbs |= UINT32_C(1) << verb;
	}
	*(struct settings_quiet *)v->target = quiet;
	return ERR_OK;
}

void settings_response_put_hours(struct buf *b, const struct settings_quiet *quiet)
{
	if (!quiet->on)
		return;
	buf_printf(b, "%02u:%02u-%02u:%02u", quiet->from_min / 60u, quiet->from_min % 60u, quiet->to_min / 60u,
		   quiet->to_min % 60u);
	for (uint16_t verb = VERB_NONE + 1; verb < VERB_MAX; verb++)
		if (quiet->verbs & UINT32_C(1) << verb)
			buf_printf(b, " %s", verb_name(verb));
}
