/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs patterns with wildcards. When a part does not fit, the text behind the last '*' is tried one character later; an
 * earlier '*' need not take more, for what follows it has fitted already. So no text is slow.
 */
#include "agent/sigma/glob.h"

#include "agent/sigma/text.h"
#include "agent/sigma/utf8.h"

static uint64_t tried;

bool glob_next(struct str *glob, enum glob_part *part, struct str *bytes)
{
	const uint8_t *at = (const uint8_t *)glob->data;
	size_t len = 0;

	if (glob->len == 0)
		return false;
	*part = (enum glob_part)at[0];
	*glob = str_sub(*glob, 1, SIZE_MAX);
	if (*part == GLOB_BYTES) {
		len = (size_t)(at[1] << 8 | at[2]);
		*bytes = str_sub(*glob, 2, len);
		*glob = str_sub(*glob, 2 + len, SIZE_MAX);
	}
	return true;
}

bool glob_valid(struct str glob)
{
	const uint8_t *at = (const uint8_t *)glob.data;

	for (size_t i = 0; i < glob.len; i++) {
		if (at[i] < GLOB_BYTES || at[i] > GLOB_DASH)
			return false;
		if (at[i] != GLOB_BYTES)
			continue;
		if (glob.len - i < 3)
			return false;
		size_t len = (size_t)(at[i + 1] << 8 | at[i + 2]);

		if (len > glob.len - i - 3)
			return false;
		i += 2 + len;
	}
	return true;
}

static bool take_dash(struct str *text)
{
	static const struct str dashes[] = {STR("-"), STR("/"), STR("\xe2\x80\x93"), STR("\xe2\x80\x94"),
					    STR("\xe2\x80\x95")};

	for (size_t i = 0; i < sizeof(dashes) / sizeof(dashes[0]); i++)
		if (str_take(text, dashes[i]))
			return true;
	return false;
}

static bool take_part(struct str *text, enum glob_part part, struct str bytes, bool cased)
{
	if (part == GLOB_DASH)
		return take_dash(text);
	if (part == GLOB_BYTES) {
		if (!text_starts(*text, bytes, cased))
			return false;
		*text = str_sub(*text, bytes.len, SIZE_MAX);
		return true;
	}
	if (str_empty(*text))
		return false;
	(void)utf8_take(text);
	return true;
}

/*
 * The first place from *from on at which the parts behind a '*' may begin: where the bytes that they begin with are, or
 * any. False: there is none.
 */
static bool find_begin(struct str parts, struct str *from, bool cased)
{
	struct str bytes = STR_NONE;
	enum glob_part part;
	size_t at;

	if (!glob_next(&parts, &part, &bytes) || part != GLOB_BYTES)
		return true;
	at = text_find(*from, bytes, cased);
	*from = str_sub(*from, at, SIZE_MAX);
	return at != SIZE_MAX;
}

bool glob_run(struct str glob, struct str text, bool cased)
{
	struct str behind = STR_NONE, from = text,
		   bytes = STR_NONE; /* the parts behind the last '*', and where they began */
	bool any = false;
	enum glob_part part;

	for (;; tried++) {
		if (str_empty(glob) && str_empty(text))
			return true;
		if (glob_next(&glob, &part, &bytes)) {
			if (part == GLOB_ANY) {
				if (str_empty(glob))
					return true;
				any = true;
				behind = glob;
				if (!find_begin(behind, &text, cased))
					return false;
				from = text;
				continue;
			}
			if (take_part(&text, part, bytes, cased))
				continue;
		}
		if (!any || str_empty(from))
			return false;
		(void)utf8_take(&from);
		if (!find_begin(behind, &from, cased))
			return false;
		text = from;
		glob = behind;
	}
}

uint64_t glob_work(void)
{
	return tried;
}

void glob_show(struct buf *b, struct str glob)
{
	struct str bytes = STR_NONE;
	enum glob_part part;

	while (glob_next(&glob, &part, &bytes)) {
		if (part == GLOB_BYTES)
			buf_put(b, bytes);
		else
			buf_char(b, part == GLOB_ANY ? '*' : part == GLOB_ONE ? '?' : '-');
	}
}
