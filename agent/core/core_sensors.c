/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the sensors that keep a state: gives them their source's bytes and time, and tells of their events. */
#include "agent/core/core_parts.h"

#include "agent/base/require.h"
#include "agent/base/rows.h"
#include "agent/base/zero.h"

#include <string.h>

size_t core_sensors_size(void)
{
	size_t size = 0;

	for (unsigned i = 0; sensors_rows[i]; i++)
		size += CORE_EVEN(sensors_rows[i]->size);
	return size;
}

void core_sensors_init(struct core *c, uint8_t *memory)
{
	for (unsigned i = 0; sensors_rows[i]; i++) {
		require(i < CORE_SENSORS_MAX);
		c->sensors[i] = memory;
		memory += CORE_EVEN(sensors_rows[i]->size);
		if (sensors_rows[i]->init)
			sensors_rows[i]->init(c->sensors[i], c->settings);
		else
			zero_fill(c->sensors[i], sensors_rows[i]->size);
	}
}

void core_sample(struct core *c, const struct input *input)
{
	for (unsigned i = 0; sensors_rows[i]; i++) {
		if (sensors_rows[i]->source != input->source)
			continue;
		core_heard_sample(c, i);
		sensors_rows[i]->decode(c->sensors[i], input->bytes, c->now, &c->sink);
	}
}

void core_sensors_tick(struct core *c)
{
	for (unsigned i = 0; sensors_rows[i]; i++)
		if (sensors_rows[i]->tick && c->now.mono_us >= sensors_rows[i]->deadline(c->sensors[i]))
			sensors_rows[i]->tick(c->sensors[i], c->now, &c->sink);
}

unsigned core_sensors_lineage(void *core, uint32_t pid, struct process_kin out[], unsigned max)
{
	struct core *c = core;

	for (unsigned i = 0; sensors_rows[i]; i++)
		if (sensors_rows[i]->lineage)
			return sensors_rows[i]->lineage(c->sensors[i], pid, out, max);
	return 0;
}

void core_sensors_complete(struct core *c, struct event *event)
{
	for (unsigned i = 0; sensors_rows[i]; i++)
		if (sensors_rows[i]->complete)
			sensors_rows[i]->complete(c->sensors[i], event, c->now);
}

int64_t core_sensors_deadline(const struct core *c)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; sensors_rows[i]; i++) {
		int64_t at = sensors_rows[i]->deadline ? sensors_rows[i]->deadline(c->sensors[i]) : INT64_MAX;

		due = at < due ? at : due;
	}
	return due;
}

unsigned core_sensors_problems(const struct core *c, const char *problems[], unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; sensors_rows[i] && count < max; i++) {
		const char *text = sensors_rows[i]->problem ? sensors_rows[i]->problem(c->sensors[i]) : NULL;

		if (text)
			problems[count++] = text;
	}
	return count;
}

unsigned core_sensors_counters(const struct core *c, struct sensors_counter out[], unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; sensors_rows[i]; i++)
		if (sensors_rows[i]->counters && count + SENSORS_COUNTERS_MAX <= max)
			count += sensors_rows[i]->counters(c->sensors[i], out + count);
	return count;
}

/* The table of that number, counted over all sensors. NULL: there are fewer. */
static const struct sensors_table *table_at(unsigned number, unsigned *sensor)
{
	for (unsigned i = 0; sensors_rows[i]; i++)
		for (unsigned t = 0; t < SENSORS_TABLES_MAX && sensors_rows[i]->tables[t].name; t++) {
			*sensor = i;
			if (number-- == 0)
				return &sensors_rows[i]->tables[t];
		}
	return NULL;
}

bool core_table_find(struct str name, uint8_t *number)
{
	const struct sensors_table *table;
	unsigned sensor;

	for (*number = 0; (table = table_at(*number, &sensor)) != NULL; ++*number)
		if (str_equal(name, str_from(table->name)))
			return true;
	return false;
}

const char *core_table_off(const struct core *c, uint8_t number)
{
	unsigned sensor = 0;

	return table_at(number, &sensor) ? sensors_rows[sensor]->off(c->settings) : NULL;
}

void core_table_names(struct buf *b)
{
	const struct sensors_table *table;
	unsigned sensor;

	for (unsigned i = 0; (table = table_at(i, &sensor)) != NULL; i++)
		buf_printf(b, "%s%s", i ? ", " : "", table->name);
}

bool core_table_rows(struct core *c, uint8_t number, uint32_t *row, struct buf *b)
{
	unsigned sensor = 0;
	const struct sensors_table *table = table_at(number, &sensor);
	struct event e;

	for (memset(&e, 0, sizeof(e)); table->row(c->sensors[sensor], *row, &e); memset(&e, 0, sizeof(e))) {
		if (b->len > CORE_PIECE_BYTES)
			return false;
		rows_begin(b, "row");
		fields_rows(b, &e);
		rows_end(b);
		++*row;
	}
	return true;
}
