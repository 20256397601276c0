/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of objects, the device's and the service's, over a link that breaks and a disk that forgets. */
#include "agent/uplink/object_in.h"
#include "agent/uplink/object_out.h"

#include "agent/base/key.h"
#include "proto/frame.h"
#include "proto/wire.h"
#include "server-stub/ingest/delivery.h"
#include "server-stub/ingest/upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "caltrop/v1/link.pb-c.h"

#define SIZE (1u << 20)
#define FILES 4
#define CUTS 200

static const uint8_t device[STORE_ID] = {7};

struct file {
	char name[OBJECT_STAGED_MAX];
	uint8_t *bytes;
	size_t len, synced;
};

static struct world {
	struct file files[FILES];
	enum err trouble; /* of every write */
	struct store *store;
	struct object_in in;
	struct object_out out;
	struct spool_disk disk;
	struct now now;
	uint64_t seed;
	uint8_t *content, *live; /* SIZE bytes */
	size_t live_len;
	struct object said;
	uint8_t id[OBJECT_ID];
	uint64_t moved; /* bytes of pieces */
	unsigned cuts, forged;
	struct upload_counts counts;
} w;

static uint64_t draw(uint64_t bound)
{
	w.seed = w.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (w.seed >> 33) % bound;
}

static struct file *find(const char *name, bool make)
{
	struct file *free_one = NULL;

	for (unsigned i = 0; i < FILES; i++) {
		if (strcmp(w.files[i].name, name) == 0)
			return &w.files[i];
		if (!w.files[i].name[0])
			free_one = &w.files[i];
	}
	if (!make)
		return NULL;
	assert_non_null(free_one);
	snprintf(free_one->name, sizeof(free_one->name), "%s", name);
	return free_one;
}

static enum err disk_append(void *context, const char *name, const void *data, size_t len)
{
	struct file *f;

	(void)context;
	if (w.trouble)
		return w.trouble;
	f = find(name, true);
	f->bytes = realloc(f->bytes, f->len + len + 1);
	if (len)
		memcpy(f->bytes + f->len, data, len);
	f->len += len;
	return ERR_OK;
}

static enum err disk_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	struct file *f = find(name, false);

	(void)context;
	*got = 0;
	if (!f)
		return ERR_NOT_FOUND;
	if (offset < f->len) {
		*got = f->len - offset < cap ? f->len - offset : cap;
		memcpy(out, f->bytes + offset, *got);
	}
	return ERR_OK;
}

static enum err disk_remove(void *context, const char *name)
{
	struct file *f = find(name, false);

	(void)context;
	if (!f)
		return ERR_NOT_FOUND;
	free(f->bytes);
	*f = (struct file){.len = 0};
	return ERR_OK;
}

static void disk_sync(void *context, const char *name, uint64_t token)
{
	struct file *f = find(name, false);

	(void)context;
	(void)token;
	f->synced = f->len;
	object_in_synced(&w.in);
}

static enum err disk_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	(void)context;
	for (unsigned i = 0; i < FILES; i++)
		if (w.files[i].name[0])
			found(arg, w.files[i].name, w.files[i].len);
	return ERR_OK;
}

static void start_device(void)
{
	object_in_init(&w.in, &w.disk, (struct object_in_limits){4u << 20, 1u << 20});
	object_out_init(&w.out, &w.disk, 1u << 20);
}

/* A message as it comes out at the other end. */
static struct object_message over_the_link(enum object_direction direction, const struct object_message *m)
{
	static uint8_t memory[2][OBJECT_MESSAGE_MAX];
	static unsigned turn;
	struct buf b = buf_over(memory[turn++ % 2], OBJECT_MESSAGE_MAX);
	struct object_message out;
	struct str bytes, frame;
	struct wire_field f;

	object_message_put(&b, direction, m);
	assert_false(b.overflow);
	bytes = buf_str(&b);
	assert_int_equal(frame_take(&bytes, &frame), ERR_OK);
	assert_int_equal(wire_next(&frame, &f), ERR_OK);
	assert_int_equal(object_message_take(object_message_what(direction, f.number), f.bytes, &out), ERR_OK);
	w.moved += out.what == OBJECT_CHUNK ? out.data.len : 0;
	return out;
}

static void to_device(const struct object_message *m)
{
	struct object_message got = over_the_link(OBJECT_TO_DEVICE, m);

	object_in_message(&w.in, &got, w.now);
	object_out_message(&w.out, &got, w.now);
}

static void offer(void)
{
	static struct delivery d;

	if (delivery_next(w.store, device, &d) == ERR_OK)
		to_device(&d.message);
}

static void to_service(const struct object_message *m)
{
	static struct delivery d;
	static struct upload_answer answer;
	const struct object_message got = over_the_link(OBJECT_TO_SERVER, m);
	const struct upload u = {device, &got, 3u << 20, w.now.wall_us};
	const struct delivery_from from = {device, w.now.wall_us};
	bool ours = false;

	if (got.what == OBJECT_FETCH) {
		assert_int_equal(delivery_piece(w.store, device, &got, &d), ERR_OK);
		if (w.forged && d.message.what == OBJECT_CHUNK && got.offset + d.message.data.len == SIZE && w.forged--)
			d.piece[0] ^= 1;
		to_device(&d.message);
		return;
	}
	if (got.what == OBJECT_DONE)
		assert_int_equal(delivery_done(w.store, &from, &got, &ours), ERR_OK);
	if (ours) {
		if (got.status != OBJECT_LATER)
			offer();
		return;
	}
	assert_int_equal(upload_take(w.store, &u, &w.counts, &answer), ERR_OK);
	if (answer.message.what)
		to_device(&answer.message);
}

/* The actor: allows all, and takes what has the hash. */
static void ask_actor(void)
{
	const struct actor_object *ask = object_in_ask(&w.in);
	struct actor_object_answer answer = {.err = ERR_OK};
	char name[OBJECT_STAGED_MAX];
	uint8_t digest[32];
	struct file *f;

	if (!ask)
		return;
	answer.put = ask->put;
	object_id((struct str){(const char *)ask->statement, ask->statement_len}, answer.id);
	object_staged_name(answer.id, name);
	f = find(name, false);
	if (ask->put) {
		assert_non_null(f);
		key_sha256(f->bytes, f->len, digest);
		if (memcmp(digest, w.said.sha256, sizeof(digest)) != 0)
			answer.err = ERR_CORRUPT;
		else
			memcpy(w.live, f->bytes, w.live_len = f->len);
	}
	object_in_answer(&w.in, &answer, w.now);
}

static void cut_link(void)
{
	object_in_unlinked(&w.in);
	object_out_unlinked(&w.out);
	w.cuts++;
	/* Every third time the device starts anew, and every ninth time its power was gone. */
	for (unsigned i = 0; i < FILES && w.cuts % 9 == 0; i++)
		if (w.files[i].len > w.files[i].synced && strstr(w.files[i].name, ".in"))
			w.files[i].len -= draw(w.files[i].len - w.files[i].synced + 1);
	if (w.cuts % 3 == 0)
		start_device();
	offer();
}

/* Let time pass until nothing moves; a cut after a random number of messages, while there are cuts left. */
static void run(unsigned cuts)
{
	struct object_message m;
	unsigned until = cuts ? 1 + (unsigned)draw(4) : 0;

	for (unsigned idle = 0; idle < 3;) {
		bool any = false;

		ask_actor();
		while (object_in_take(&w.in, w.now, &m) || object_out_take(&w.out, w.now, &m)) {
			any = true;
			if (cuts && --until == 0) {
				cuts--;
				until = 1 + (unsigned)draw(4);
				cut_link();
				break; /* and the message is lost */
			}
			to_service(&m);
			ask_actor();
		}
		w.now.mono_us += SECOND_US;
		idle = any ? 0 : idle + 1;
	}
}

static void make_object(uint8_t kind, size_t size, struct buf *statement)
{
	w.said = (struct object){.kind = kind, .version = 1, .size = (uint32_t)size, .created_s = 1};
	snprintf(w.said.name, sizeof(w.said.name), "thing");
	key_sha256(w.content, size, w.said.sha256);
	assert_int_equal(object_encode(statement, &w.said), ERR_OK);
	object_id(buf_str(statement), w.id);
}

/* An object for the device, whole at the service. */
static void put_at_service(size_t size)
{
	struct store_object o = {.size = size, .state = STORE_OBJECT_PART};
	struct store_object_target t = {.state = TARGET_PENDING};
	struct buf b = buf_over(o.statement, sizeof(o.statement));

	make_object(1, size, &b);
	o.statement_len = (uint16_t)b.len;
	memcpy(o.id, w.id, STORE_ID);
	memcpy(t.object, w.id, STORE_ID);
	memcpy(t.device, device, STORE_ID);
	assert_int_equal(store_object_put(w.store, &o), ERR_OK);
	assert_int_equal(store_object_append(w.store, &o, (struct str){(const char *)w.content, size}), ERR_OK);
	o.state = STORE_OBJECT_WHOLE;
	assert_int_equal(store_object_put(w.store, &o), ERR_OK);
	assert_int_equal(store_object_target_put(w.store, &t), ERR_OK);
}

static void put_at_device(size_t size)
{
	uint8_t statement[OBJECT_STATEMENT_MAX], head[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX];
	struct buf b = buf_over(statement, sizeof(statement)), h = buf_over(head, sizeof(head));
	char name[OBJECT_STAGED_MAX];

	make_object(2, size, &b);
	object_waiting_head(&h, buf_str(&b));
	object_waiting_name(w.id, name);
	assert_int_equal(disk_append(NULL, name, h.data, h.len), ERR_OK);
	assert_int_equal(disk_append(NULL, name, w.content, size), ERR_OK);
	object_out_look(&w.out);
}

static uint8_t target_state(char text[STORE_TEXT_MAX])
{
	struct store_object_target t;

	assert_int_equal(store_object_target_get(w.store, w.id, device, &t), ERR_OK);
	memcpy(text, t.text, STORE_TEXT_MAX);
	return t.state;
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.seed = 4711;
	w.now = (struct now){SECOND_US, SECOND_US};
	w.content = malloc(SIZE);
	w.live = malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		w.content[i] = (uint8_t)draw(256);
	w.disk = (struct spool_disk){
		.append = disk_append, .read = disk_read, .remove = disk_remove, .sync = disk_sync, .list = disk_list};
	assert_int_equal(store_open(NULL, NULL, &w.store), ERR_OK);
	start_device();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FILES; i++)
		free(w.files[i].bytes);
	free(w.content);
	free(w.live);
	store_close(w.store);
	return 0;
}

static void megabyte_arrives_whole_through_200_cuts(void **state)
{
	char text[STORE_TEXT_MAX];

	(void)state;
	put_at_service(SIZE);
	offer();
	run(CUTS);
	assert_int_equal(w.live_len, SIZE);
	assert_memory_equal(w.live, w.content, SIZE);
	assert_int_equal(target_state(text), TARGET_DONE);
	assert_true(w.cuts >= 30);
	assert_int_equal(w.in.health.restarted, 0);
	/* Resumed: cuts cost the pieces that were under way and what was not synced, not the whole. */
	assert_true(w.moved < 4 * (uint64_t)SIZE);
	for (unsigned i = 0; i < FILES; i++)
		assert_int_equal(w.files[i].name[0], 0);
}

static void megabyte_is_sent_whole_through_200_cuts(void **state)
{
	struct store_object o;
	uint8_t *got_bytes = malloc(SIZE);
	size_t got = 0;

	(void)state;
	put_at_device(SIZE);
	run(CUTS);
	assert_int_equal(store_object_get(w.store, (struct store_object_key){device, w.id}, &o), ERR_OK);
	assert_int_equal(o.state, STORE_OBJECT_WHOLE);
	const struct store_object_read r = {{device, w.id}, 0, got_bytes, SIZE};

	assert_int_equal(store_object_read(w.store, &r, &got), ERR_OK);
	assert_int_equal(got, SIZE);
	assert_memory_equal(got_bytes, w.content, SIZE);
	free(got_bytes);
	assert_true(w.cuts >= 100);
	assert_int_equal(w.counts.kept, 1);
	assert_int_equal(w.counts.bytes, SIZE);
	for (unsigned i = 0; i < FILES; i++)
		assert_int_equal(w.files[i].name[0], 0);
}

static void bytes_with_another_hash_are_fetched_again_and_then_refused(void **state)
{
	char text[STORE_TEXT_MAX];

	(void)state;
	put_at_service(SIZE);
	w.forged = 1;
	offer();
	run(0);
	assert_int_equal(target_state(text), TARGET_DONE);
	assert_int_equal(w.in.health.restarted, 1);
	put_at_service(SIZE - 1);
	w.said.sha256[0] ^= 1; /* the actor wants other bytes */
	offer();
	run(0);
	assert_int_equal(target_state(text), TARGET_REFUSED);
	assert_int_equal(w.in.health.restarted, 1 + OBJECT_IN_TRIES - 1);
	assert_true(w.in.health.problem[0] != '\0');
}

static void full_disk_is_said_and_the_object_comes_later(void **state)
{
	char text[STORE_TEXT_MAX];

	(void)state;
	put_at_service(100000);
	w.trouble = ERR_NO_SPACE;
	offer();
	run(0);
	assert_int_equal(target_state(text), TARGET_PENDING);
	assert_non_null(strstr(text, "no space left"));
	assert_non_null(strstr(w.in.health.problem, "no space left"));
	w.trouble = ERR_OK;
	offer();
	run(0);
	assert_int_equal(target_state(text), TARGET_DONE);
	assert_int_equal(w.in.health.problem[0], 0);
}

static void piece_out_of_order_or_beyond_the_size_does_no_harm(void **state)
{
	struct object_message m = {.what = OBJECT_CHUNK, .offset = 5, .data = STR("stray")}, take;
	char text[STORE_TEXT_MAX];

	(void)state;
	put_at_service(10000);
	offer();
	ask_actor();
	memcpy(m.id, w.id, OBJECT_ID);
	object_in_message(&w.in, &m, w.now); /* not asked for */
	assert_true(object_in_take(&w.in, w.now, &take));
	assert_int_equal(take.what, OBJECT_FETCH);
	object_in_message(&w.in, &m, w.now); /* of another place */
	assert_int_equal(w.in.health.disorder, 2);
	m.offset = 0;
	m.data = (struct str){(const char *)w.content, 8192};
	object_in_message(&w.in, &m, w.now);
	w.now.mono_us += SECOND_US;
	assert_true(object_in_take(&w.in, w.now, &take));
	m.offset = 8192;
	object_in_message(&w.in, &m, w.now); /* 8192 + 8192 > 10000 */
	assert_int_equal(w.in.state, OBJECT_IN_IDLE);
	assert_non_null(strstr(w.in.health.problem, "more bytes came"));
	run(0);
	assert_int_equal(target_state(text), TARGET_REFUSED);
}

static void quota_is_kept_and_said(void **state)
{
	struct store_object full = {.size = (3u << 20) - 1000, .state = STORE_OBJECT_PART, .id = {9}};

	(void)state;
	memcpy(full.device, device, STORE_ID);
	assert_int_equal(store_object_put(w.store, &full), ERR_OK);
	put_at_device(2000);
	run(0);
	assert_int_equal(w.counts.refused, 1);
	assert_non_null(strstr(w.out.health.problem, "quota"));
	assert_true(object_out_deadline(&w.out) > w.now.mono_us);
	/* Room again: it is sent. */
	assert_int_equal(store_object_remove(w.store, (struct store_object_key){device, full.id}), ERR_OK);
	w.now.mono_us += OBJECT_OUT_LATER_US;
	run(0);
	assert_int_equal(w.counts.kept, 1);
	assert_int_equal(w.out.health.problem[0], 0);
}

static void service_refuses_bytes_that_are_not_as_stated(void **state)
{
	static struct upload_answer answer;
	uint8_t statement[OBJECT_STATEMENT_MAX];
	struct buf b = buf_over(statement, sizeof(statement));
	struct object_message m = {.what = OBJECT_OFFER};
	const struct upload u = {device, &m, 1u << 20, 1};
	struct store_object o;

	(void)state;
	make_object(2, 100, &b);
	m.data = buf_str(&b);
	memcpy(m.id, w.id, OBJECT_ID);
	assert_int_equal(upload_take(w.store, &u, &w.counts, &answer), ERR_OK);
	assert_int_equal(answer.message.what, OBJECT_FETCH);
	m.what = OBJECT_CHUNK;
	m.offset = 50;
	m.data = (struct str){(const char *)w.content, 50};
	assert_int_equal(upload_take(w.store, &u, &w.counts, &answer), ERR_OK);
	assert_int_equal(answer.message.what, OBJECT_FETCH); /* asks for the right place */
	assert_int_equal(answer.message.offset, 0);
	assert_int_equal(w.counts.disorder, 1);
	m.offset = 0;
	m.data = (struct str){(const char *)w.content + 1, 100};
	assert_int_equal(upload_take(w.store, &u, &w.counts, &answer), ERR_OK);
	assert_int_equal(answer.message.status, OBJECT_REFUSED);
	assert_non_null(strstr(answer.text, "hash"));
	assert_int_equal(store_object_get(w.store, (struct store_object_key){device, w.id}, &o), ERR_NOT_FOUND);
}

static void messages_are_those_of_the_generated_code(void **state)
{
	uint8_t memory[OBJECT_MESSAGE_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct object_message m = {.what = OBJECT_CHUNK, .id = {1, 2}, .offset = 77, .data = STR("bytes")};
	Caltrop__V1__ToDevice *device_side;
	Caltrop__V1__ToServer *server_side;

	(void)state;
	object_message_put(&b, OBJECT_TO_DEVICE, &m);
	device_side = caltrop__v1__to_device__unpack(NULL, b.len - FRAME_HEADER, memory + FRAME_HEADER);
	assert_non_null(device_side);
	assert_int_equal(device_side->body_case, CALTROP__V1__TO_DEVICE__BODY_OBJECT_CHUNK);
	assert_int_equal(device_side->object_chunk->offset, 77);
	assert_memory_equal(device_side->object_chunk->id.data, m.id, OBJECT_ID);
	assert_int_equal(device_side->object_chunk->data.len, 5);
	caltrop__v1__to_device__free_unpacked(device_side, NULL);
	b.len = 0;
	m.what = OBJECT_DONE;
	m.status = OBJECT_LATER;
	object_message_put(&b, OBJECT_TO_SERVER, &m);
	server_side = caltrop__v1__to_server__unpack(NULL, b.len - FRAME_HEADER, memory + FRAME_HEADER);
	assert_non_null(server_side);
	assert_int_equal(server_side->body_case, CALTROP__V1__TO_SERVER__BODY_OBJECT_DONE);
	assert_int_equal(server_side->object_done->status, CALTROP__V1__OBJECT_DONE__STATUS__LATER);
	assert_string_equal(server_side->object_done->text, "bytes");
	caltrop__v1__to_server__free_unpacked(server_side, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(megabyte_arrives_whole_through_200_cuts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(megabyte_is_sent_whole_through_200_cuts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bytes_with_another_hash_are_fetched_again_and_then_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(full_disk_is_said_and_the_object_comes_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(piece_out_of_order_or_beyond_the_size_does_no_harm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(quota_is_kept_and_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(service_refuses_bytes_that_are_not_as_stated, set_up, tear_down),
		cmocka_unit_test(messages_are_those_of_the_generated_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
