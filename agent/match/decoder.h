/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoder that the settings describe, [decoder NAME] of caltrop.conf(5): whose messages, which of them, and what they
 * say. It is a plain value of fixed size. agent/common reads it, agent/sensors/log decodes with it.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define DECODER_MAX 8
#define DECODER_NAME_MAX 32
#define DECODER_PROGRAMS_MAX 64
#define DECODER_PATTERN_MAX 256
#define DECODER_WHY_MAX 150

struct decoder {
	char name[DECODER_NAME_MAX];
	char programs[DECODER_PROGRAMS_MAX]; /* names as in syslog lines, separated by a blank each */
	char pattern[DECODER_PATTERN_MAX];   /* match.h; of the whole message */
	uint8_t outcome;		     /* enum auth_outcome; AUTH_INFO: not said */
};

/*
 * Whether a decoder may be used: it has a program, an outcome and a pattern with <src>, and no client can move <src> by
 * what he sends (prove.h). Any error: `why` is a phrase, "pattern: ..." or "has no program".
 */
ERR_CHECK enum err decoder_check(const struct decoder *d, char why[DECODER_WHY_MAX]);

/*
 * Whether two may be used together: no message of a program of both has <src> at two places, or two outcomes.
 * ERR_INVALID: `why` is a phrase.
 */
ERR_CHECK enum err decoder_check_pair(const struct decoder *a, const struct decoder *b, char why[DECODER_WHY_MAX]);

/* Whether the decoder is for the program. */
bool decoder_is_for(const struct decoder *d, struct str program);
