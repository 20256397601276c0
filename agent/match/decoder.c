/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the decoders of the settings, when they are read. Never decodes a line. */
#include "agent/match/decoder.h"

#include "agent/event/auth.h"
#include "agent/match/match.h"
#include "agent/match/prove.h"

#include <stdio.h>

/* Compiled anew for each question: the guard asks once, when it starts. */
static struct match first, second;

static enum err refuse(enum err err, char why[DECODER_WHY_MAX], const char *phrase)
{
	snprintf(why, DECODER_WHY_MAX, "%s", phrase);
	return err;
}

static enum err compile(const struct decoder *d, struct match *m, char why[DECODER_WHY_MAX])
{
	char phrase[MATCH_WHY_MAX];
	enum err err = match_compile(m, str_from(d->pattern), phrase);

	if (err != ERR_OK)
		snprintf(why, DECODER_WHY_MAX, "pattern: it %s", phrase);
	return err;
}

enum err decoder_check(const struct decoder *d, char why[DECODER_WHY_MAX])
{
	enum err err;

	if (!d->programs[0])
		return refuse(ERR_INVALID, why, "has no program");
	if (!d->pattern[0])
		return refuse(ERR_INVALID, why, "has no pattern");
	if (d->outcome == AUTH_INFO)
		return refuse(ERR_INVALID, why, "has no outcome");
	err = compile(d, &first, why);
	if (err != ERR_OK)
		return err;
	if (!(first.fields & 1u << MATCH_SRC))
		return refuse(ERR_INVALID, why, "pattern: it has no <src>");
	switch (prove_same(&first, &first, MATCH_SRC)) {
	case PROVE_ONE_WAY: return ERR_OK;
	case PROVE_TWO_WAYS:
		return refuse(ERR_INVALID, why,
			      "pattern: it is ambiguous: a client could move <src> by what he sends; let less stand "
			      "before or behind it, as [^ ]* for .*");
	default: return refuse(ERR_FULL, why, "pattern: it is too costly to be proved unambiguous");
	}
}

bool decoder_is_for(const struct decoder *d, struct str program)
{
	struct str list = str_from(d->programs);

	while (!str_empty(list))
		if (str_equal(str_cut(&list, ' '), program))
			return true;
	return false;
}

static bool share_program(const struct decoder *a, const struct decoder *b)
{
	struct str list = str_from(a->programs);

	while (!str_empty(list))
		if (decoder_is_for(b, str_cut(&list, ' ')))
			return true;
	return false;
}

enum err decoder_check_pair(const struct decoder *a, const struct decoder *b, char why[DECODER_WHY_MAX])
{
	enum err err;

	if (!share_program(a, b))
		return ERR_OK;
	err = compile(a, &first, why);
	if (err == ERR_OK)
		err = compile(b, &second, why);
	if (err != ERR_OK)
		return err;
	bool same = a->outcome == b->outcome;

	if ((same ? prove_same(&first, &second, MATCH_SRC) : prove_apart(&first, &second)) == PROVE_ONE_WAY)
		return ERR_OK;
	snprintf(why, DECODER_WHY_MAX, "pattern: it is ambiguous beside [decoder %s]: one message can have %s in each",
		 b->name, same ? "another <src>" : "another outcome");
	return ERR_INVALID;
}
