/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the sections [decoder NAME] of one text. The first key of a NAME in a text begins it anew, so a decoder stands
 * whole in one file, and a drop-in's takes the place of the one before it.
 */
#pragma once

#include "agent/base/ini.h"
#include "agent/common/settings.h"

/* Which decoders a text has, and where. Zero before its first key. */
struct settings_decoder_reader {
	unsigned lines[DECODER_MAX]; /* of its pattern, or else its first key; 0: the text has none of it */
	bool wrong[DECODER_MAX];     /* a key of it was refused: what else is wrong with it is not known */
};

/* A key as it stands in the text. */
struct settings_decoder_key {
	struct str name; /* the decoder's */
	struct str key, value;
};

/*
 * Read one key of [decoder NAME]. ERR_INVALID: there is no such key, the value is none for it, there are more than
 * DECODER_MAX, or this build has no CUSTOM_DECODERS. error->text is the whole sentence.
 */
ERR_CHECK enum err settings_decoder_read(struct settings_decoder_reader *r, struct settings *s,
					 const struct settings_decoder_key *key, struct ini_error *error);

/*
 * At the text's end: check a row of s->decoders, by itself and beside the others (match/decoder.h). ERR_INVALID: *error
 * has line and sentence.
 */
ERR_CHECK enum err settings_decoder_check(struct settings_decoder_reader *r, const struct settings *s, unsigned row,
					  struct ini_error *error);

/* Behind that: remove the decoders with a mistake, so that those of further texts are not judged beside them. */
void settings_decoder_drop(const struct settings_decoder_reader *r, struct settings *s);

/* The word of an outcome in the settings, "failure"; NULL: it has none. */
const char *settings_decoder_outcome(uint8_t outcome);
