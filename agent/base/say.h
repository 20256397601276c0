/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs that serve have to say: lines on standard error. The program that keeps them adds the time. Where that
 * is systemd's journal, each line has its priority (sd-daemon(3)); elsewhere errors and warnings begin with that word.
 * Control bytes are replaced; callers pass no secrets.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

/* The numbers of syslog(3). */
enum say_level {
	SAY_ERR = 3,	 /* something needed or asked for failed, and somebody has to look */
	SAY_WARNING = 4, /* it goes on with less, or somebody did what he should not */
	SAY_NOTICE = 5,	 /* done, and worth to know: a reset, a new trust bundle */
	SAY_INFO = 6,	 /* done, daily work */
	SAY_DEBUG = 7,	 /* each single thing, for whoever looks for a fault */
};

/*
 * Set the name that lines begin with, and see whether standard error is the journal's (JOURNAL_STREAM,
 * systemd.exec(5)). Call it at start, while there is one thread. The name must stay.
 */
void say_open(const char *program);

/* Say nothing that is less weighty than this, which is SAY_INFO at first. Any thread may call it, at any time. */
void say_set_level(enum say_level least);

/* Whether such a line is said at all: for whoever would do work for it. */
bool say_would(enum say_level level);

/*
 * Write "PROGRAM: TEXT" and a line end in one write, at most 1024 bytes. It never waits: when standard error takes
 * nothing, the line is lost.
 */
void say(enum say_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_list(enum say_level level, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* The same for one kind of message, at most `per_minute` times a minute; then a line says how many were left out. */
struct say_limit {
	unsigned per_minute;
	long minute; /* private */
	unsigned said, left_out;
};
void say_limited(struct say_limit *limit, enum say_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
