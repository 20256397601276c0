/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages about objects, as either end reads them: what parses is the same again when it is written and read, and both
 * ends live through it. The first byte chooses the message.
 */
#include "agent/base/require.h"
#include "agent/uplink/object_in.h"
#include "agent/uplink/object_out.h"
#include "proto/frame.h"
#include "proto/wire.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static enum err append(void *context, const char *name, const void *data, size_t len)
{
	(void)context;
	(void)name;
	(void)data;
	(void)len;
	return ERR_OK;
}

static enum err read_none(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	(void)context;
	(void)name;
	(void)offset;
	(void)out;
	(void)cap;
	*got = 0;
	return ERR_OK;
}

static enum err remove_none(void *context, const char *name)
{
	(void)context;
	(void)name;
	return ERR_NOT_FOUND;
}

static void sync_none(void *context, const char *name, uint64_t token)
{
	(void)context;
	(void)name;
	(void)token;
}

static enum err list_none(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	(void)context;
	(void)found;
	(void)arg;
	return ERR_OK;
}

static const struct spool_disk disk = {
	.append = append, .read = read_none, .remove = remove_none, .sync = sync_none, .list = list_none};

static void again(const struct object_message *m)
{
	uint8_t memory[OBJECT_MESSAGE_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct object_message copy;
	struct str bytes, frame;
	struct wire_field f;

	object_message_put(&b, OBJECT_TO_DEVICE, m);
	require(!b.overflow);
	bytes = buf_str(&b);
	require(frame_take(&bytes, &frame) == ERR_OK && wire_next(&frame, &f) == ERR_OK);
	require(object_message_take((enum object_what)m->what, f.bytes, &copy) == ERR_OK);
	require(memcmp(copy.id, m->id, OBJECT_ID) == 0 && copy.offset == m->offset && copy.status == m->status);
}

static void statement(struct str bytes)
{
	uint8_t memory[OBJECT_STATEMENT_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	char why[OBJECT_WHY_MAX];
	struct object o;

	if (object_decode(bytes, &o, why) != ERR_OK)
		return;
	require(object_encode(&b, &o) == ERR_OK && str_equal(buf_str(&b), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct object_in in;
	static struct object_out out;
	struct object_message m, said;
	struct now now = {1, 1};

	if (size == 0)
		return 0;
	struct str body = {(const char *)data + 1, size - 1};

	statement(body);
	if (object_message_take((enum object_what)(data[0] % 4 + 1), body, &m) != ERR_OK)
		return 0;
	again(&m);
	object_in_init(&in, &disk, (struct object_in_limits){1u << 20, 1000});
	object_out_init(&out, &disk, 1000);
	object_in_message(&in, &m, now);
	object_out_message(&out, &m, now);
	if (object_in_ask(&in)) {
		struct actor_object_answer answer = {.err = ERR_OK};

		memcpy(answer.id, in.id, sizeof(answer.id));
		object_in_answer(&in, &answer, now);
	}
	while (object_in_take(&in, now, &said))
		again(&said);
	object_in_message(&in, &m, now);
	return 0;
}
