/* SPDX-License-Identifier: Apache-2.0 */
/* Runs regular expressions over borrowed bytes. Never goes back in the text. */
#include "agent/sigma/regex.h"

#include "agent/sigma/utf8.h"

#define STEP_BYTES 8
#define NO_CHARACTER UINT32_MAX

struct program {
	const uint8_t *steps, *sets, *ranges;
	unsigned step_count, set_count;
	size_t range_count;
};

struct list {
	unsigned count;
	uint16_t at[REGEX_STEPS_MAX];
};

/* The characters on both sides of a place in the text, and whether the one behind it is the last one. */
struct place {
	uint32_t before, after;
	bool after_is_last;
};

static struct {
	struct list lists[2];
	uint16_t waiting[REGEX_STEPS_MAX * 2]; /* steps to be followed without a character */
	uint32_t seen[(REGEX_STEPS_MAX + 31) / 32];
	uint64_t work;
} memory;

static unsigned be16(const uint8_t *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static struct program open_program(struct str program)
{
	const uint8_t *at = (const uint8_t *)program.data + 2 + be16((const uint8_t *)program.data);
	struct program p = {.step_count = be16(at), .set_count = be16(at + 2), .steps = at + 4};

	p.sets = p.steps + p.step_count * (size_t)STEP_BYTES;
	p.ranges = p.sets + p.set_count * 4u;
	return p;
}

struct str regex_source(struct str program)
{
	return str_sub(program, 2, be16((const uint8_t *)program.data));
}

static bool step_valid(const struct program *p, unsigned number)
{
	const uint8_t *at = p->steps + number * (size_t)STEP_BYTES;
	uint32_t arg = be32(at + 4);

	if (at[0] < REGEX_CHAR || at[0] >= REGEX_KINDS || be16(at + 2) >= p->step_count)
		return false;
	if (at[0] == REGEX_SPLIT)
		return arg < p->step_count;
	return (at[0] != REGEX_SET && at[0] != REGEX_NOT_SET) || arg < p->set_count;
}

bool regex_valid(struct str program)
{
	const uint8_t *data = (const uint8_t *)program.data;
	struct program p;
	size_t left, used;

	if (program.len < 2 || program.len - 2 < be16(data) || program.len - 2 - be16(data) < 4)
		return false;
	p = open_program(program);
	left = program.len - 6 - be16(data);
	used = p.step_count * (size_t)STEP_BYTES + p.set_count * 4u;
	if (p.step_count == 0 || p.step_count > REGEX_STEPS_MAX || p.set_count > REGEX_SETS_MAX || used > left ||
	    (left - used) % 8 || (left - used) / 8 > REGEX_RANGES_MAX)
		return false;
	for (unsigned i = 0; i < p.step_count; i++)
		if (!step_valid(&p, i))
			return false;
	for (unsigned i = 0; i < p.set_count; i++)
		if (be16(p.sets + i * 4u) + be16(p.sets + i * 4u + 2) > (left - used) / 8)
			return false;
	return true;
}

static bool is_word(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool holds(enum regex_kind kind, const struct place *place)
{
	switch (kind) {
	case REGEX_BEGIN: return place->before == NO_CHARACTER;
	case REGEX_BEGIN_LINE: return place->before == NO_CHARACTER || place->before == '\n';
	case REGEX_END: return place->after == NO_CHARACTER || (place->after == '\n' && place->after_is_last);
	case REGEX_END_LINE: return place->after == NO_CHARACTER || place->after == '\n';
	case REGEX_WORD: return is_word(place->before) != is_word(place->after);
	case REGEX_NOT_WORD: return is_word(place->before) == is_word(place->after);
	case REGEX_LAST: return place->after == NO_CHARACTER;
	default: return false;
	}
}

static bool set_has(const struct program *p, uint32_t set, uint32_t c)
{
	const uint8_t *row = p->sets + set * 4u;
	const uint8_t *range = p->ranges + be16(row) * 8u;

	for (unsigned i = be16(row + 2); i > 0; i--, range += 8)
		if (c >= be32(range) && c <= be32(range + 4))
			return true;
	return false;
}

static bool takes(const struct program *p, const uint8_t *step, uint32_t c)
{
	switch (step[0]) {
	case REGEX_CHAR: return be32(step + 4) == c;
	case REGEX_SET: return set_has(p, be32(step + 4), c);
	case REGEX_NOT_SET: return !set_has(p, be32(step + 4), c);
	default: return true; /* REGEX_ANY */
	}
}

/* Add a step, or those that follow it without a character. True: the expression fits. Each step is added once. */
static bool add(const struct program *p, struct list *list, unsigned first, const struct place *place)
{
	unsigned waiting = 0;

	memory.waiting[waiting++] = (uint16_t)first;
	while (waiting) {
		unsigned at = memory.waiting[--waiting];
		const uint8_t *step = p->steps + at * (size_t)STEP_BYTES;

		if (memory.seen[at / 32] >> at % 32 & 1)
			continue;
		memory.seen[at / 32] |= UINT32_C(1) << at % 32;
		if (step[0] == REGEX_FITS)
			return true;
		if (step[0] <= REGEX_ANY) {
			list->at[list->count++] = (uint16_t)at;
			continue;
		}
		if (step[0] == REGEX_SPLIT)
			memory.waiting[waiting++] = (uint16_t)be32(step + 4);
		else if (!holds((enum regex_kind)step[0], place))
			continue;
		memory.waiting[waiting++] = (uint16_t)be16(step + 2);
	}
	return false;
}

static uint32_t take(struct str *rest)
{
	return str_empty(*rest) ? NO_CHARACTER : utf8_take(rest);
}

uint64_t regex_work(void)
{
	return memory.work;
}

bool regex_run(struct str program, struct str text)
{
	struct program p = open_program(program);
	struct list *now = &memory.lists[0], *next = &memory.lists[1];
	struct place place = {.before = NO_CHARACTER};
	size_t seen_bytes = (p.step_count + 31) / 32 * sizeof(memory.seen[0]);

	now->count = 0;
	for (place.after = take(&text);; place.after = take(&text)) {
		uint32_t c = place.after;

		place.after_is_last = str_empty(text);
		/* What may be here: the steps behind those that took the last character, and a new beginning. */
		memset(memory.seen, 0, seen_bytes);
		next->count = 0;
		for (unsigned i = 0; i < now->count; i++)
			if (add(&p, next, be16(p.steps + now->at[i] * (size_t)STEP_BYTES + 2), &place))
				return true;
		if (add(&p, next, 0, &place))
			return true;
		memory.work += next->count + 1;
		if (c == NO_CHARACTER)
			return false;
		now->count = 0;
		for (unsigned i = 0; i < next->count; i++)
			if (takes(&p, p.steps + next->at[i] * (size_t)STEP_BYTES, c))
				now->at[now->count++] = next->at[i];
		place.before = c;
	}
}
