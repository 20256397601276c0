/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and checks what the settings say of decoders. What a pattern means, agent/match knows. */
#include "agent/common/settings_decoder.h"

#include "agent/event/auth.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_MAX 40

static const char *const outcomes[] = {[AUTH_SUCCESS] = "success", [AUTH_FAILURE] = "failure", [AUTH_PROBE] = "probe"};
#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))

const char *settings_decoder_outcome(uint8_t outcome)
{
	return outcome < OUTCOMES ? outcomes[outcome] : NULL;
}

static enum err refuse(struct ini_error *error, struct str name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Write the sentence. Returns ERR_INVALID. */
static enum err refuse(struct ini_error *error, struct str name, const char *format, ...)
{
	char shown[SHOWN_MAX + 1];
	va_list args;

	str_show(name, shown, sizeof(shown));
	int len = snprintf(error->text, sizeof(error->text), "[decoder %s] ", shown);

	va_start(args, format);
	vsnprintf(error->text + len, sizeof(error->text) - (size_t)len, format, args);
	va_end(args);
	return ERR_INVALID;
}

/* Whether all bytes are those of names of programs and of decoders. */
static bool is_name(struct str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr(more, c) != NULL) ||
		    c == '\0')
			return false;
	}
	return !str_empty(s);
}

static enum err find(struct settings *s, struct str name, struct ini_error *error, unsigned *place)
{
	unsigned i = 0;

	while (i < s->decoder_count && !str_equal(str_from(s->decoders[i].name), name))
		i++;
	if (!is_name(name, "-_.") || name.len >= DECODER_NAME_MAX)
		return refuse(error, name, "is no name of at most 31 letters, digits, '-', '_' and '.'");
	if (i == DECODER_MAX)
		return refuse(error, name, "does not fit: there are more than %d decoders", DECODER_MAX);
	*place = i;
	return ERR_OK;
}

/* Names that blanks or commas separate, each followed by one blank but the last. */
static enum err read_programs(struct decoder *d, const struct settings_decoder_key *k, struct ini_error *error)
{
	size_t used = 0;

	for (size_t at = 0, len; at < k->value.len; at += len + 1) {
		for (len = 0; at + len < k->value.len && strchr(" \t,", k->value.data[at + len]) == NULL; len++)
			continue;
		struct str name = str_sub(k->value, at, len);

		if (len == 0)
			continue;
		if (!is_name(name, "-_.+@"))
			return refuse(error, k->name, "program: it is no name as in syslog lines");
		if (used + len + 1 >= sizeof(d->programs))
			return refuse(error, k->name, "program: the names are longer than 62 bytes");
		if (used)
			d->programs[used++] = ' ';
		memcpy(d->programs + used, name.data, len);
		used += len;
	}
	d->programs[used] = '\0';
	return ERR_OK;
}

static enum err read_outcome(struct decoder *d, const struct settings_decoder_key *k, struct ini_error *error)
{
	for (uint8_t i = 0; i < OUTCOMES; i++)
		if (outcomes[i] && str_equal(k->value, str_from(outcomes[i]))) {
			d->outcome = i;
			return ERR_OK;
		}
	return refuse(error, k->name, "outcome: it is none of failure, success and probe");
}

static enum err read_value(struct decoder *d, const struct settings_decoder_key *k, struct ini_error *error)
{
	if (str_equal(k->key, STR("program")))
		return read_programs(d, k, error);
	if (str_equal(k->key, STR("outcome")))
		return read_outcome(d, k, error);
	if (!str_equal(k->key, STR("pattern")))
		return refuse(error, k->name, "%.*s: there is no such key",
			      (int)(k->key.len < SHOWN_MAX ? k->key.len : SHOWN_MAX), k->key.data);
	if (str_copy(k->value, d->pattern, sizeof(d->pattern)) != ERR_OK)
		return refuse(error, k->name, "pattern: it is longer than 255 bytes");
	return ERR_OK;
}

enum err settings_decoder_read(struct settings_decoder_reader *r, struct settings *s,
			       const struct settings_decoder_key *k, struct ini_error *error)
{
	unsigned place = 0;
	enum err err;

	if (!IS_ENABLED(CONFIG_CUSTOM_DECODERS))
		return refuse(error, k->name, "is not for this build, which has no CUSTOM_DECODERS");
	err = find(s, k->name, error, &place);
	if (err != ERR_OK)
		return err;
	struct decoder *d = &s->decoders[place];

	if (place == s->decoder_count)
		s->decoder_count++;
	if (r->lines[place] == 0) {
		*d = (struct decoder){.outcome = AUTH_INFO};
		str_show(k->name, d->name, sizeof(d->name));
		r->lines[place] = error->line;
	}
	if (str_equal(k->key, STR("pattern")))
		r->lines[place] = error->line;
	err = read_value(d, k, error);
	r->wrong[place] |= err != ERR_OK;
	return err;
}

enum err settings_decoder_check(struct settings_decoder_reader *r, const struct settings *s, unsigned row,
				struct ini_error *error)
{
	const struct decoder *d = &s->decoders[row];
	char why[DECODER_WHY_MAX];
	enum err err;

	if (!IS_ENABLED(CONFIG_CUSTOM_DECODERS) || r->lines[row] == 0 || r->wrong[row])
		return ERR_OK;
	err = decoder_check(d, why);
	for (unsigned other = 0; other < s->decoder_count && err == ERR_OK; other++)
		if (other != row && !r->wrong[other] && (other < row || r->lines[other] == 0))
			err = decoder_check_pair(d, &s->decoders[other], why);
	if (err == ERR_OK)
		return ERR_OK;
	r->wrong[row] = true;
	error->line = r->lines[row];
	return refuse(error, str_from(d->name), "%s", why);
}

void settings_decoder_drop(const struct settings_decoder_reader *r, struct settings *s)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->decoder_count; i++)
		if (!r->wrong[i])
			s->decoders[kept++] = s->decoders[i];
	s->decoder_count = kept;
}
