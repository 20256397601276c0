/* SPDX-License-Identifier: Apache-2.0 */
/* Says an order in words, read from nothing but what is signed. */
#include "server-stub/cli/order_say.h"

#include "agent/base/buf.h"

#include <time.h>

static void say_aim(const struct order *o, FILE *out)
{
	if (o->target_kind == ORDER_ALL)
		fprintf(out, "  for all devices\n");
	else if (o->target_kind == ORDER_GROUP)
		fprintf(out, "  for the group %s\n", o->group);
	for (unsigned i = 0; i < o->target_count; i++) {
		char hex[33];
		struct buf b = buf_over(hex, sizeof(hex));

		buf_hex(&b, o->targets[i], sizeof(o->targets[i]));
		fprintf(out, "  for the device %.*s\n", (int)b.len, b.data);
	}
}

static void say_end(const struct order *o, FILE *out)
{
	time_t end = (time_t)o->not_after_s;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&end, &tm))
		(void)strftime(text, sizeof(text), "%F %T", &tm);
	fprintf(out, "  by %s, until %s UTC\n", o->author, text);
}

void order_say(const struct order *o, FILE *out)
{
	char text[ORDER_STEPS_MAX * VERB_DESCRIBE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	order_describe(&b, o);
	fprintf(out, "%.*s\n", (int)b.len, b.data);
	say_aim(o, out);
	say_end(o, out);
}
