/* SPDX-License-Identifier: Apache-2.0 */
/* One table: which field of a record is which field of an event, or one of a few words. */
#include "agent/detect/audited.h"

#include "agent/event/kinds.h"

#define WORDS_MAX 3u

static const struct {
	uint8_t kind, event; /* enum audited_kind, enum event_kind */
	struct str name;
	const char *own, *instead;   /* fields of the event */
	struct str words[WORDS_MAX]; /* where there is no own: what it can be, see word_of() */
} table[] = {
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("type"), NULL, NULL, {STR("SYSCALL")}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("SYSCALL"), NULL, NULL, {STR("execve")}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("success"), NULL, NULL, {STR("yes")}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("exe"), "exe", "image", {{NULL, 0}}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("comm"), "name", NULL, {{NULL, 0}}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("uid"), "uid", NULL, {{NULL, 0}}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("euid"), "euid", "uid", {{NULL, 0}}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("auid"), "loginuid", NULL, {{NULL, 0}}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("pid"), "pid", NULL, {{NULL, 0}}},
	{AUDITED_SYSCALL, EVENT_PROCESS, STR("ppid"), "ppid", NULL, {{NULL, 0}}},
	{AUDITED_PATH, EVENT_FILE, STR("type"), NULL, NULL, {STR("PATH")}},
	{AUDITED_PATH, EVENT_FILE, STR("nametype"), NULL, NULL, {STR("NORMAL"), STR("CREATE"), STR("DELETE")}},
	{AUDITED_PATH, EVENT_FILE, STR("name"), "path", NULL, {{NULL, 0}}},
	{AUDITED_USER, EVENT_ACCOUNT, STR("type"), NULL, NULL, {STR("USER_MGMT"), STR("ADD_USER"), STR("DEL_USER")}},
	{AUDITED_USER, EVENT_ACCOUNT, STR("acct"), "name", NULL, {{NULL, 0}}},
	{AUDITED_USER, EVENT_ACCOUNT, STR("id"), "id", NULL, {{NULL, 0}}},
	{AUDITED_USER, EVENT_ACCOUNT, STR("exe"), "image", NULL, {{NULL, 0}}},
};

#define ROWS (sizeof(table) / sizeof(table[0]))

uint16_t audited_with(uint16_t kinds)
{
	uint16_t all = kinds & ((1u << AUDITED_SYSCALL) - 1);

	for (unsigned i = 0; i < ROWS; i++)
		if (kinds & 1u << table[i].event)
			all |= (uint16_t)(1u << table[i].kind);
	return all;
}

unsigned audited_of(const struct event *event)
{
	if (event->kind == EVENT_PROCESS && event->process.action != PROCESS_EXEC)
		return 0;
	for (unsigned i = 0; i < ROWS; i++)
		if (table[i].event == event->kind)
			return table[i].kind;
	return 0;
}

uint8_t audited_field(unsigned kind, struct str name)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (table[i].kind == kind && str_equal(table[i].name, name))
			return (uint8_t)(i + 1);
	return 0;
}

static const struct field *field_of(uint8_t number, const char *name)
{
	return name ? fields_find(kinds_rows[table[number - 1].event], str_from(name)) : NULL;
}

const struct field *audited_own(uint8_t number)
{
	return field_of(number, table[number - 1].own);
}

const struct field *audited_instead(uint8_t number)
{
	return field_of(number, table[number - 1].instead);
}

/* Which of the words: the second for what came, the third for what went. */
static unsigned word_of(const struct event *event)
{
	if (event->kind == EVENT_ACCOUNT)
		return event->account.action == ACCOUNT_ADDED ? 1 : event->account.action == ACCOUNT_REMOVED ? 2 : 0;
	if (event->kind != EVENT_FILE)
		return 0;
	if (event->file.action == FILE_DELETE || event->file.gone)
		return 2;
	return event->file.action == FILE_CREATE || event->file.action == FILE_RENAME;
}

struct str audited_word(uint8_t number, const struct event *event)
{
	const struct str *words = table[number - 1].words;
	unsigned at = word_of(event);

	return words[at].data ? words[at] : words[0];
}

const struct str *audited_words(uint8_t number, unsigned *count)
{
	*count = 0;
	while (*count < WORDS_MAX && table[number - 1].words[*count].data)
		++*count;
	return table[number - 1].words;
}
