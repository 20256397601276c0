/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles regular expressions to programs of agent/sigma/regex.h. The language
 * is that part of PCRE which an automaton can follow: characters, '.', sets,
 * groups, alternatives, repetitions, greedy or not, '^', '$', \A, \z, \Z, \b,
 * \B, \d, \w, \s and their opposites, which know ASCII, escapes of characters,
 * (?ims) at the front or for a group. What would have to look around or back is
 * refused by name.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/sigma/arena.h"

#define EXPRESSION_WHY_MAX 160
#define EXPRESSION_DEPTH_MAX 64	   /* groups within each other */
#define EXPRESSION_REPEAT_MAX 3900 /* of {n,m} */

enum expression_flag {
	EXPRESSION_ANY_CASE = 1,   /* i: letters' case does not count */
	EXPRESSION_LINES = 2,	   /* m: '^' and '$' are about lines */
	EXPRESSION_DOT_IS_ALL = 4, /* s: '.' is a line feed, too */
};

/*
 * Append the program. ERR_INVALID: it is no expression; ERR_UNSUPPORTED: no
 * automaton follows it; ERR_FULL: it has more than REGEX_STEPS_MAX steps or
 * other limits; ERR_TOO_LONG: b is full. `why` is a phrase.
 */
ERR_CHECK enum err expression_compile(struct buf *b, struct str source, unsigned flags, char why[EXPRESSION_WHY_MAX]);
