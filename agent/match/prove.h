/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves of a pattern that no text can be read in two ways that differ in where a field is. A client chooses some of
 * the bytes that a daemon logs, so a pattern that allows a second way lets him move the field into his own bytes. Both
 * ways are followed side by side over all texts at once; nothing is tried at random.
 */
#pragma once

#include "agent/match/match.h"

enum prove_result {
	PROVE_ONE_WAY,
	PROVE_TWO_WAYS, /* there is a text with two ways */
	PROVE_TOO_HARD, /* the pattern is too involved to be proved within PROVE_STEPS_MAX */
};

#define PROVE_STEPS_MAX 4000000 /* of some nanoseconds each */

/* Whether a text that both patterns describe has the field at one place in both. They may be one. */
enum prove_result prove_same(const struct match *a, const struct match *b, enum match_field field);

/* Whether no text is described by both patterns: PROVE_TWO_WAYS if one is. */
enum prove_result prove_apart(const struct match *a, const struct match *b);

/*
 * Whether the beginning of a text, which was cut anywhere, has the field where the whole text has it, or does not have
 * it, if the pattern describes both.
 */
enum prove_result prove_cut(const struct match *m, enum match_field field);
