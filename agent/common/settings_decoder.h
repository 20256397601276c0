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
 * At the text's end: check its decoders, each by itself and beside the others (match/decoder.h). ERR_INVALID: *error
 * has line and sentence.
 */
ERR_CHECK enum err settings_decoder_check(const struct settings_decoder_reader *r, const struct settings *s,
					  struct ini_error *error);

/* The word of an outcome in the settings, "failure"; NULL: it has none. */
const char *settings_decoder_outcome(uint8_t outcome);
