/* SPDX-License-Identifier: Apache-2.0 */
/* The service's messages on standard error, one line each. Control bytes are replaced; callers pass no secrets. */
#pragma once

/* Print "caltrop-server: TEXT" and a line end in one write. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for one kind of message, at most `per_minute` times a minute; then a line says how many were left out. */
struct say_limit {
	unsigned per_minute;
	long minute; /* private */
	unsigned said, left_out;
};
void say_limited(struct say_limit *limit, const char *format, ...) __attribute__((format(printf, 2, 3)));
