/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that auditd would write of what the guard saw, so that rules for auditd need no auditd: SYSCALL of a
 * program that begins (execve), PATH of a watched file that was changed, ADD_USER and its like of an account. Each is a
 * kind of its own beside those of events, because the same names mean other things there. EXECVE, with a0 and so on, is
 * no such kind: values.h adds it to the fields of a process. Names are those of audit's own fields.
 */
#pragma once

#include "agent/event/event.h"
#include "agent/event/fields.h"

#include <stdbool.h>
#include <stdint.h>

enum audited_kind {
	AUDITED_SYSCALL = EVENT_KINDS + 1, /* behind VALUES_LINE */
	AUDITED_PATH,
	AUDITED_USER,
	AUDITED_KINDS, /* the first number that is none */
};

/* Kinds of events and of lines, as bits, and the records that these events are, too. */
uint16_t audited_with(uint16_t kinds);

/* The record that an event is, too; 0: none. */
unsigned audited_of(const struct event *event);

/* The number of a field of such a record, from 1 on; 0: it has none of that name. */
uint8_t audited_field(unsigned kind, struct str name);

/* The event's own field that is meant; NULL: none is, its value is a word. */
const struct field *audited_own(uint8_t number);

/* The one that counts where the event does not have that one; NULL: there is none. */
const struct field *audited_instead(uint8_t number);

/* The word that is the value of a field without an own one. */
struct str audited_word(uint8_t number, const struct event *event);

/* All words that it can be. */
const struct str *audited_words(uint8_t number, unsigned *count);
