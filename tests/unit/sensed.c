/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sensed.h"

#include "agent/event/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct sensed sensed;

static void emit(void *context, const struct event *e)
{
	struct buf b = buf_over(sensed.text, sizeof(sensed.text) - 1);

	(void)context;
	fields_show(&b, e);
	assert_int_equal(buf_check(&b), ERR_OK);
	sensed.text[b.len] = '\0';
	sensed.severity = e->severity;
	sensed.events++;
}

int sensed_begin(const struct sensors_row *row)
{
	sensed_end();
	sensed = (struct sensed){.row = row, .state = calloc(1, row->size)};
	return 0;
}

bool sensed_feed(struct str bytes)
{
	const struct sensors_sink sink = {emit, NULL};
	char *own = malloc(bytes.len);
	unsigned before = sensed.events;

	memcpy(own, bytes.data, bytes.len);
	sensed.text[0] = '\0';
	sensed.row->decode(sensed.state, (struct str){own, bytes.len}, (struct now){0, 0}, &sink);
	free(own);
	return sensed.events > before;
}

void sensed_end(void)
{
	free(sensed.state);
	sensed.state = NULL;
}
