/* SPDX-License-Identifier: Apache-2.0 */
/* What the service says on standard error: one line each, never secrets, bytes from outside made fit to show. */
#pragma once

/* "caltrop-server: TEXT\n" in one write. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, but at most `per_minute` lines a minute of this kind; the next says how many were left out. */
struct say_limit {
	unsigned per_minute;
	long minute; /* private */
	unsigned said, left_out;
};
void say_limited(struct say_limit *limit, const char *format, ...) __attribute__((format(printf, 2, 3)));
