/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects a device takes, and what it says of those that it does not. */
#include "agent/actor/verb/objects.h"

#include "agent/actor/request.h"
#include "agent/actor/sys/object_file.h"
#include "agent/common/core_fds.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/files.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BYTES "some bytes"
#define PATIENCE_MS 5000

static struct actor_object message;
static union actor_message said;

static struct object thing(uint64_t version)
{
	struct object o = {.version = version, .size = sizeof(BYTES) - 1, .created_s = 1700000000, .name = "thing"};

	o.kind = object_kind_named("file")->number;
	key_sha256(BYTES, sizeof(BYTES) - 1, o.sha256);
	return o;
}

static void sign(const struct key_der *key)
{
	struct actor_signature *s = &message.signatures[message.signature_count++];
	struct key_der public_key;
	size_t len;

	assert_int_equal(key_public(key, &public_key), ERR_OK);
	key_id(&public_key, s->key_id);
	assert_int_equal(key_sign(key, key_random_kernel, message.statement, message.statement_len, s->bytes, &len),
			 ERR_OK);
	s->len = (uint16_t)len;
}

static void compose(const struct object *o, bool put)
{
	struct buf b = buf_over(message.statement, sizeof(message.statement));

	memset(&message, 0, sizeof(message));
	message.header = (struct actor_header){MESSAGE_VERSION, ACTOR_OBJECT, sizeof(message), 9};
	message.put = put;
	assert_int_equal(object_encode(&b, o), ERR_OK);
	message.statement_len = (uint16_t)b.len;
	sign(&bare.order_key);
}

/* What is answered; a put in the worker's hands is waited for. */
static enum err answer(void)
{
	struct worker_result result;
	struct pollfd p = {bare.actor.worker.results, POLLIN, 0};
	uint8_t id[OBJECT_ID];

	assert_int_equal(request_handle(&bare.actor, &message, sizeof(message)), ERR_OK);
	if (!bare_next(&bare, &said)) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		assert_true(worker_take(&bare.actor.worker, &result));
		objects_put_done(&bare.actor, &result);
		assert_true(bare_next(&bare, &said));
	}
	object_id((struct str){(const char *)message.statement, message.statement_len}, id);
	assert_int_equal(said.header.type, ACTOR_OBJECT_ANSWER);
	assert_int_equal(said.header.request_id, 9);
	assert_memory_equal(said.object_answer.id, id, sizeof(id));
	assert_int_equal(said.object_answer.put, message.put);
	assert_int_equal(said.object_answer.err == ERR_OK, said.object_answer.text[0] == '\0');
	return (enum err)said.object_answer.err;
}

static enum err ask(const struct object *o, bool put)
{
	compose(o, put);
	return answer();
}

static void assert_says(const char *text)
{
	if (!strstr(said.object_answer.text, text))
		fail_msg("\"%s\" does not say \"%s\"", said.object_answer.text, text);
}

static void stage(const struct object *o, const char *bytes)
{
	char staged[OBJECT_STAGED_MAX], name[64];
	uint8_t id[OBJECT_ID];

	compose(o, true);
	object_id((struct str){(const char *)message.statement, message.statement_len}, id);
	object_staged_name(id, staged);
	snprintf(name, sizeof(name), "core/%s", staged);
	bare_put(&bare, name, bytes);
}

static enum err put(const struct object *o, const char *bytes)
{
	stage(o, bytes);
	return answer();
}

static bool kept(const char *bytes)
{
	return files_is(bare.dir, "objects/file/thing", bytes);
}

static void a_signed_object_is_fetched_and_kept_once(void **state)
{
	struct object o = thing(3);

	(void)state;
	assert_int_equal(ask(&o, false), ERR_OK);
	assert_int_equal(put(&o, BYTES), ERR_OK);
	assert_true(kept(BYTES));
	assert_int_equal(put(&o, BYTES), ERR_EXISTS);
	assert_says("here already");
	assert_int_equal(ask(&o, false), ERR_EXISTS);
	o.version = 4;
	assert_int_equal(put(&o, BYTES), ERR_OK);
}

static void an_older_version_never_comes_back(void **state)
{
	struct object o = thing(3), other = thing(3);

	(void)state;
	assert_int_equal(put(&o, BYTES), ERR_OK);
	o.version = 2;
	assert_int_equal(ask(&o, false), ERR_REPLAYED);
	assert_says("version 3 was accepted before, and this is version 2");
	/* Nor another object under the number of one that was accepted. */
	other.sha256[0] ^= 1;
	assert_int_equal(ask(&other, false), ERR_REPLAYED);
	other = thing(3);
	other.size++;
	assert_int_equal(ask(&other, false), ERR_REPLAYED);
}

static void one_that_was_removed_is_taken_again(void **state)
{
	struct object o = thing(3), other = thing(3);
	char path[128];

	(void)state;
	assert_int_equal(put(&o, BYTES), ERR_OK);
	snprintf(path, sizeof(path), "%s/objects/file/thing", bare.dir);
	assert_int_equal(unlink(path), 0);
	other.sha256[0] ^= 1;
	assert_int_equal(ask(&other, false), ERR_REPLAYED);
	assert_int_equal(put(&o, BYTES), ERR_OK);
	assert_true(kept(BYTES));
}

static void bytes_that_were_not_signed_are_not_kept(void **state)
{
	struct object o = thing(3);

	(void)state;
	assert_int_equal(put(&o, "other byte"), ERR_CORRUPT);
	assert_says("do not have the hash");
	assert_int_equal(put(&o, "some"), ERR_TRUNCATED);
	assert_says("shorter");
	assert_int_equal(put(&o, BYTES "!"), ERR_TOO_LONG);
	assert_says("longer");
	assert_false(kept("other byte"));
	assert_int_equal(put(&o, BYTES), ERR_OK);
}

static void what_was_not_fetched_is_not_kept(void **state)
{
	struct object o = thing(3);

	(void)state;
	assert_int_equal(ask(&o, true), ERR_NOT_FOUND);
	assert_says("is not there");
}

static void signers_are_judged_before_anything_is_fetched(void **state)
{
	struct key_der stranger;
	struct object o = thing(3);

	(void)state;
	assert_int_equal(key_generate(key_random_kernel, &stranger), ERR_OK);
	compose(&o, false);
	message.signature_count = 0;
	assert_int_equal(answer(), ERR_UNTRUSTED);
	sign(&stranger);
	message.signatures[0] = message.signatures[message.signature_count - 1];
	assert_int_equal(answer(), ERR_UNTRUSTED);
	compose(&o, false);
	message.signatures[0].bytes[message.signatures[0].len - 1] ^= 1;
	assert_int_equal(answer(), ERR_SIGNATURE);
	assert_says("does not verify");
}

static void other_kinds_and_groups_are_refused(void **state)
{
	struct object o = thing(3);

	(void)state;
	memcpy(o.group, "gates", 6);
	assert_int_equal(ask(&o, false), ERR_OK);
	memcpy(o.group, "doors", 6);
	assert_int_equal(ask(&o, false), ERR_WRONG_TARGET);
	assert_says("another group");
	compose(&o, false);
	message.statement_len -= 3;
	assert_int_not_equal(answer(), ERR_OK);
	for (unsigned i = 0; object_kind_at(i); i++) {
		o = thing(3);
		o.kind = object_kind_at(i)->number;
		if (object_kind_at(i)->way == OBJECT_DOWN)
			continue;
		memcpy(o.author, "program", 8);
		assert_int_equal(ask(&o, false), ERR_UNSUPPORTED);
		assert_says("takes no objects of this kind");
	}
}

static void a_pack_of_rules_has_one_name(void **state)
{
	struct object o = thing(3);

	(void)state;
	o.kind = object_kind_named("rules")->number;
	assert_int_equal(ask(&o, false), ERR_UNSUPPORTED);
	assert_says("only by the name 'pack'");
	memcpy(o.name, "pack", 5);
	assert_int_equal(ask(&o, false), ERR_OK);
}

/* A unit gives caltropd a umask, and the core is another user. */
static void the_core_may_read_packs_whatever_the_umask(void **state)
{
	struct stat st;
	mode_t before;
	int fd;

	(void)state;
	if (!IS_ENABLED(CONFIG_RULES_SIGMA))
		skip();
	bare.actor.settings.pack = true;
	bare.actor.settings.pack_file[0] = '\0';
	before = umask(077);
	fd = objects_open_packs(&bare.actor);
	umask(before);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	close(fd);
}

static void a_damaged_memory_of_versions_takes_nothing(void **state)
{
	struct object o = thing(3);

	(void)state;
	assert_int_equal(put(&o, BYTES), ERR_OK);
	bare_put(&bare, "objects/file/.thing.claim", "what is this");
	o.version = 4;
	assert_int_equal(ask(&o, false), ERR_CORRUPT);
	assert_says("remove its .claim file");
}

static void objects_stay_within_their_room(void **state)
{
	struct object o = thing(3);
	char name[64];

	(void)state;
	bare.actor.settings.objects_bytes_max = 15;
	bare_put(&bare, "objects/README", "not in a kind's directory");
	assert_int_equal(put(&o, BYTES), ERR_OK);
	/* The one that it replaces does not count. */
	o.version = 4;
	assert_int_equal(ask(&o, false), ERR_OK);
	memcpy(o.name, "more", 5);
	assert_int_equal(ask(&o, false), ERR_FULL);
	assert_says("20 bytes; [objects] size allows 15");
	for (unsigned i = 0; i < OBJECT_FILE_COUNT_MAX; i++) {
		snprintf(name, sizeof(name), "objects/file/n%u", i);
		bare_put(&bare, name, "");
	}
	assert_int_equal(ask(&o, false), ERR_FULL);
	assert_says("there are 64 objects");
}

static void one_object_is_put_in_place_at_a_time(void **state)
{
	struct object o = thing(3);

	(void)state;
	stage(&o, BYTES);
	bare.actor.objects.busy = true;
	assert_int_equal(answer(), ERR_BUSY);
	assert_says("another object");
	bare.actor.objects.busy = false;
	assert_int_equal(answer(), ERR_OK);
}

static void a_worker_with_too_much_to_do_is_told(void **state)
{
	struct object o = thing(3);
	unsigned before = bare.actor.worker.syncing;

	(void)state;
	stage(&o, BYTES);
	bare.actor.worker.syncing = 1000;
	assert_int_equal(answer(), ERR_BUSY);
	assert_says("the worker");
	bare.actor.worker.syncing = before;
	assert_int_equal(answer(), ERR_OK);
}

static void what_stands_in_the_way_is_named(void **state)
{
	struct object o = thing(3);
	char path[128];

	(void)state;
	bare_put(&bare, "objects/file", "no directory");
	assert_int_not_equal(ask(&o, false), ERR_OK);
	assert_says("the directory of objects cannot be made");
	snprintf(path, sizeof(path), "%s/objects/file", bare.dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/objects/file/thing", bare.dir);
	assert_int_equal(ask(&o, false), ERR_OK);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_not_equal(put(&o, BYTES), ERR_OK);
	assert_says("it cannot be put in place");
}

static void what_no_sane_core_sends_is_a_breach_of_protocol(void **state)
{
	struct object o = thing(3);

	(void)state;
	compose(&o, false);
	message.put = 2;
	assert_int_equal(request_handle(&bare.actor, &message, sizeof(message)), ERR_PROTOCOL);
	compose(&o, false);
	message.statement_len = MESSAGE_STATEMENT_MAX + 1;
	assert_int_equal(request_handle(&bare.actor, &message, sizeof(message)), ERR_PROTOCOL);
	compose(&o, false);
	message.signature_count = MESSAGE_SIGNATURES_MAX + 1;
	assert_int_equal(request_handle(&bare.actor, &message, sizeof(message)), ERR_PROTOCOL);
	compose(&o, false);
	message.signatures[0].len = MESSAGE_SIGNATURE_MAX + 1;
	assert_int_equal(request_handle(&bare.actor, &message, sizeof(message)), ERR_PROTOCOL);
	assert_false(bare_next(&bare, &said));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bare_set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signed_object_is_fetched_and_kept_once),
		TEST(an_older_version_never_comes_back),
		TEST(one_that_was_removed_is_taken_again),
		TEST(bytes_that_were_not_signed_are_not_kept),
		TEST(what_was_not_fetched_is_not_kept),
		TEST(signers_are_judged_before_anything_is_fetched),
		TEST(other_kinds_and_groups_are_refused),
		TEST(a_pack_of_rules_has_one_name),
		TEST(the_core_may_read_packs_whatever_the_umask),
		TEST(a_damaged_memory_of_versions_takes_nothing),
		TEST(objects_stay_within_their_room),
		TEST(one_object_is_put_in_place_at_a_time),
		TEST(a_worker_with_too_much_to_do_is_told),
		TEST(what_stands_in_the_way_is_named),
		TEST(what_no_sane_core_sends_is_a_breach_of_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
