/* SPDX-License-Identifier: Apache-2.0 */
/* The netlink layer writes the bytes that libmnl writes and reads what libmnl reads, and judges the kernel's answers.
 */
#include "agent/base/netlink.h"

#include <libmnl/libmnl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <endian.h>
#include <errno.h>

#define BYTES 4096
#define DEPTH 4
#define ROUNDS 3000

static uint32_t noise;

/* The same numbers in every run: xorshift. */
static uint32_t any(uint32_t below)
{
	noise ^= noise << 13;
	noise ^= noise >> 17;
	noise ^= noise << 5;
	return noise % below;
}

struct both {
	struct netlink_out ours;
	struct nlmsghdr *theirs;
	size_t used; /* by their finished messages */
	_Alignas(8) char our_bytes[BYTES], their_bytes[BYTES];
};

static void put_integer(struct both *b, uint16_t type)
{
	uint64_t value = (uint64_t)any(UINT32_MAX) << 32 | any(UINT32_MAX);

	switch (any(7)) {
	case 0:
		netlink_u8(&b->ours, type, (uint8_t)value);
		mnl_attr_put_u8(b->theirs, type, (uint8_t)value);
		break;
	case 1:
		netlink_u16(&b->ours, type, (uint16_t)value);
		mnl_attr_put_u16(b->theirs, type, (uint16_t)value);
		break;
	case 2:
		netlink_u32(&b->ours, type, (uint32_t)value);
		mnl_attr_put_u32(b->theirs, type, (uint32_t)value);
		break;
	case 3:
		netlink_u64(&b->ours, type, value);
		mnl_attr_put_u64(b->theirs, type, value);
		break;
	case 4:
		netlink_be16(&b->ours, type, (uint16_t)value);
		mnl_attr_put_u16(b->theirs, type, htobe16((uint16_t)value));
		break;
	case 5:
		netlink_be32(&b->ours, type, (uint32_t)value);
		mnl_attr_put_u32(b->theirs, type, htobe32((uint32_t)value));
		break;
	default: netlink_be64(&b->ours, type, value); mnl_attr_put_u64(b->theirs, type, htobe64(value));
	}
}

static void put_attributes(struct both *b, unsigned depth)
{
	for (unsigned count = any(5); count > 0 && b->ours.len < BYTES / 2; count--) {
		uint16_t type = (uint16_t)any(0x4000);
		uint8_t bytes[40];
		size_t len = any(sizeof(bytes));

		memset(bytes, 'a' + (int)any(26), sizeof(bytes));
		bytes[len] = 0;
		switch (any(4)) {
		case 0:
			netlink_bytes(&b->ours, type, bytes, len);
			mnl_attr_put(b->theirs, type, len, bytes);
			break;
		case 1:
			netlink_text(&b->ours, type, (const char *)bytes);
			mnl_attr_put_strz(b->theirs, type, (const char *)bytes);
			break;
		case 2: put_integer(b, type); break;
		default:
			if (depth < DEPTH) {
				size_t nest = netlink_nest(&b->ours, type);
				struct nlattr *their_nest = mnl_attr_nest_start(b->theirs, type);

				put_attributes(b, depth + 1);
				netlink_nest_end(&b->ours, nest);
				mnl_attr_nest_end(b->theirs, their_nest);
			}
		}
	}
}

static void put_message(struct both *b)
{
	static const uint8_t header[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	uint16_t type = (uint16_t)any(UINT16_MAX), flags = (uint16_t)any(UINT16_MAX);
	size_t len = any(sizeof(header) + 1);

	netlink_begin(&b->ours, type, flags);
	netlink_header(&b->ours, header, len);
	b->theirs = mnl_nlmsg_put_header(b->their_bytes + b->used);
	b->theirs->nlmsg_type = type;
	b->theirs->nlmsg_flags = NLM_F_REQUEST | flags;
	b->theirs->nlmsg_seq = b->ours.seq;
	memcpy(mnl_nlmsg_put_extra_header(b->theirs, len), header, len);
	put_attributes(b, 0);
	b->used += MNL_ALIGN(b->theirs->nlmsg_len);
}

/* libmnl leaves in the padding what was in the memory before, so that is zeros. */
static void write_some(struct both *b)
{
	memset(b, 0, sizeof(*b));
	b->ours = netlink_over(b->our_bytes, sizeof(b->our_bytes));
	for (unsigned count = 1 + any(3); count > 0; count--)
		put_message(b);
}

static void netlink_writes_what_libmnl_writes(void **state)
{
	static struct both b;

	(void)state;
	noise = 1;
	for (unsigned i = 0; i < ROUNDS; i++) {
		write_some(&b);
		assert_int_equal(netlink_check(&b.ours), ERR_OK);
		assert_int_equal(b.ours.len, b.used);
		assert_memory_equal(b.our_bytes, b.their_bytes, b.used);
	}
}

/* What one reader saw: all numbers that it gave, in a row. */
struct seen {
	size_t count;
	size_t numbers[BYTES * 4];
};

static void see(struct seen *s, size_t number)
{
	assert_true(s->count < sizeof(s->numbers) / sizeof(s->numbers[0]));
	s->numbers[s->count++] = number;
}

static void read_ours(struct seen *s, struct view attrs, unsigned depth)
{
	struct netlink_attr a;

	while (netlink_next_attr(&attrs, &a)) {
		see(s, a.type);
		see(s, a.value.len);
		see(s, (size_t)(uintptr_t)a.value.data);
		if (depth < DEPTH)
			read_ours(s, a.value, depth + 1);
	}
}

static void read_theirs(struct seen *s, const char *attrs, size_t len, unsigned depth)
{
	const struct nlattr *a = (const struct nlattr *)attrs;

	for (; mnl_attr_ok(a, (int)(attrs + len - (const char *)a)); a = mnl_attr_next(a)) {
		see(s, mnl_attr_get_type(a));
		see(s, mnl_attr_get_payload_len(a));
		see(s, (size_t)(uintptr_t)mnl_attr_get_payload(a));
		if (depth < DEPTH)
			read_theirs(s, mnl_attr_get_payload(a), mnl_attr_get_payload_len(a), depth + 1);
	}
}

static void compare_reading(const char *bytes, size_t len)
{
	static struct seen ours, theirs;
	const struct nlmsghdr *h = (const struct nlmsghdr *)bytes;
	struct view datagram = view_over(bytes, len);
	struct netlink_message m;

	ours.count = theirs.count = 0;
	while (netlink_next(&datagram, &m)) {
		see(&ours, m.type);
		see(&ours, m.flags);
		see(&ours, m.seq);
		see(&ours, m.port);
		read_ours(&ours, m.body, 0);
	}
	/* libmnl takes lengths above INT_MAX for negative ones, and believes them. */
	for (int rest = (int)len; mnl_nlmsg_ok(h, rest) && h->nlmsg_len <= INT32_MAX; h = mnl_nlmsg_next(h, &rest)) {
		see(&theirs, h->nlmsg_type);
		see(&theirs, h->nlmsg_flags);
		see(&theirs, h->nlmsg_seq);
		see(&theirs, h->nlmsg_pid);
		read_theirs(&theirs, mnl_nlmsg_get_payload(h), mnl_nlmsg_get_payload_len(h), 0);
	}
	assert_int_equal(ours.count, theirs.count);
	assert_memory_equal(ours.numbers, theirs.numbers, ours.count * sizeof(ours.numbers[0]));
}

static void netlink_reads_what_libmnl_reads(void **state)
{
	static struct both b;

	(void)state;
	noise = 2;
	for (unsigned i = 0; i < ROUNDS; i++) {
		char *exact;

		write_some(&b);
		compare_reading(b.our_bytes, b.ours.len);
		/* Damaged, and cut in memory of just that length, where a sanitizer sees a byte too much. */
		for (unsigned flips = any(6); flips > 0; flips--)
			b.our_bytes[any((uint32_t)b.ours.len)] = (char)any(256);
		b.ours.len -= any((uint32_t)b.ours.len);
		exact = malloc(b.ours.len);
		assert_non_null(exact);
		memcpy(exact, b.our_bytes, b.ours.len);
		compare_reading(exact, b.ours.len);
		free(exact);
	}
}

static void netlink_that_does_not_fit_is_not_written(void **state)
{
	uint8_t bytes[64], byte = 7;
	struct netlink_out o = netlink_over(bytes, 39);

	(void)state;
	memset(bytes, 0xee, sizeof(bytes));
	netlink_begin(&o, 20, 0);
	netlink_text(&o, 1, "fits");
	assert_int_equal(netlink_check(&o), ERR_OK);
	netlink_u64(&o, 2, 1);
	assert_int_equal(netlink_check(&o), ERR_TOO_LONG);
	netlink_bytes(&o, 3, &byte, 1);
	netlink_begin(&o, 21, 0);
	netlink_nest_end(&o, netlink_nest(&o, 4));
	netlink_flags(&o, NLM_F_ACK);
	assert_int_equal(netlink_check(&o), ERR_TOO_LONG);
	assert_int_equal(o.len, 28);
	for (size_t i = 28; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0xee);
	netlink_clear(&o);
	assert_int_equal(netlink_check(&o), ERR_OK);
	assert_int_equal(o.first_seq, o.seq + 1);
}

static void netlink_attribute_longer_than_its_length_field_is_refused(void **state)
{
	static uint8_t bytes[4 * UINT16_MAX], much[UINT16_MAX];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	size_t nest;

	(void)state;
	netlink_begin(&o, 20, 0);
	netlink_bytes(&o, 1, much, UINT16_MAX - 4);
	assert_int_equal(netlink_check(&o), ERR_OK);
	netlink_bytes(&o, 1, much, UINT16_MAX - 3);
	assert_int_equal(netlink_check(&o), ERR_TOO_LONG);
	netlink_clear(&o);
	netlink_begin(&o, 20, 0);
	nest = netlink_nest(&o, 1);
	netlink_bytes(&o, 1, much, 40000);
	netlink_bytes(&o, 1, much, 40000);
	netlink_nest_end(&o, nest);
	assert_int_equal(netlink_check(&o), ERR_TOO_LONG);
}

static void netlink_value_of_another_length_is_zero(void **state)
{
	static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct netlink_attr a = {1, {0}};

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		uint8_t u8 = 9, nine[9];
		uint16_t u16 = 9;
		uint32_t u32 = 9;
		uint64_t u64 = 9;

		a.value = view_over(bytes, len);
		assert_int_equal(netlink_get_u8(&a, &u8), len == 1);
		assert_int_equal(u8, len == 1 ? 1 : 0);
		assert_int_equal(netlink_get_be16(&a, &u16), len == 2);
		assert_int_equal(u16, len == 2 ? 0x0102 : 0);
		assert_int_equal(netlink_get_be32(&a, &u32), len == 4);
		assert_int_equal(u32, len == 4 ? 0x01020304 : 0);
		assert_int_equal(netlink_get_be64(&a, &u64), len == 8);
		assert_true(u64 == (len == 8 ? 0x0102030405060708 : 0));
		assert_int_equal(netlink_get_u16(&a, &u16), len == 2);
		assert_int_equal(u16, len == 2 ? be16toh(0x0102) : 0);
		assert_int_equal(netlink_get_u32(&a, &u32), len == 4);
		assert_int_equal(u32, len == 4 ? be32toh(0x01020304) : 0);
		assert_int_equal(netlink_get_u64(&a, &u64), len == 8);
		assert_true(u64 == (len == 8 ? be64toh(0x0102030405060708) : 0));
		assert_false(netlink_get_bytes(&a, nine, sizeof(nine)));
	}
	a.value = view_over("drop\0ped", 8);
	assert_true(str_equal(netlink_get_text(&a), STR("drop")));
	a.value = view_over("drop", 4);
	assert_true(str_equal(netlink_get_text(&a), STR("drop")));
	a.value = view_over(NULL, 0);
	assert_true(str_empty(netlink_get_text(&a)));
}

static void netlink_damage_ends_the_datagram_and_is_marked(void **state)
{
	uint8_t bytes[64];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct netlink_message m;
	struct netlink_attr a;
	struct view v;

	(void)state;
	netlink_begin(&o, 20, 0);
	netlink_u32(&o, 1, 5);
	netlink_begin(&o, 21, 0);
	v = view_over(bytes, o.len);
	assert_true(netlink_next(&v, &m) && netlink_find(m.body, 1, &a) && !netlink_find(m.body, 2, &a));
	assert_true(netlink_next(&v, &m));
	assert_false(netlink_next(&v, &m) || v.short_read);
	v = view_over(bytes, o.len - 1);
	assert_true(netlink_next(&v, &m));
	assert_false(netlink_next(&v, &m));
	assert_true(v.short_read);
	assert_false(netlink_next(&v, &m));
	/* An attribute that is longer than its message; the message itself is as long as it says. */
	v = view_over(bytes, o.len);
	bytes[NLMSG_HDRLEN] = bytes[NLMSG_HDRLEN + 1] = 0xff;
	assert_true(netlink_next(&v, &m));
	assert_false(netlink_next_attr(&m.body, &a));
	assert_true(m.body.short_read);
}

static void netlink_whole_takes_the_datagram_for_the_message(void **state)
{
	struct nlmsghdr h = {.nlmsg_len = 1, .nlmsg_type = 1100, .nlmsg_seq = 3};
	struct netlink_message m;
	uint8_t bytes[NLMSG_HDRLEN + 5] = {0};

	(void)state;
	memcpy(bytes, &h, sizeof(h));
	assert_true(netlink_whole(view_over(bytes, sizeof(bytes)), &m));
	assert_int_equal(m.type, 1100);
	assert_int_equal(m.seq, 3);
	assert_int_equal(m.body.len, 5);
	assert_false(netlink_whole(view_over(bytes, NLMSG_HDRLEN - 1), &m));
}

/* The kernel's side of a conversation. */
struct talk {
	struct netlink_wait wait;
	unsigned replies;
	size_t len;
	uint8_t bytes[256];
};

static void count(void *context, const struct netlink_message *m)
{
	(void)m;
	++*(unsigned *)context;
}

static struct talk talk_of(uint32_t first_seq, uint32_t last_seq, uint16_t flags)
{
	return (struct talk){.wait = {.port = 77, .first_seq = first_seq, .last_seq = last_seq, .flags = flags}};
}

static void say(struct talk *t, struct nlmsghdr h, const int *number)
{
	h.nlmsg_len = NLMSG_LENGTH(number ? sizeof(*number) : 0);
	h.nlmsg_pid = h.nlmsg_pid ? h.nlmsg_pid : 77;
	memcpy(t->bytes + t->len, &h, sizeof(h));
	if (number)
		memcpy(t->bytes + t->len + NLMSG_HDRLEN, number, sizeof(*number));
	t->len += h.nlmsg_len;
}

/* What was said is one datagram. */
static bool over(struct talk *t)
{
	struct netlink_reader reader = {count, NULL, &t->replies};
	size_t len = t->len;

	t->len = 0;
	return netlink_wait_take(&t->wait, view_over(t->bytes, len), &reader);
}

static const int ok = 0, denied = -EPERM, exists = -EEXIST;

#define SAID(seq)                                             \
	{                                                     \
		.nlmsg_type = NLMSG_ERROR, .nlmsg_seq = (seq) \
	}
#define REPLY(seq)                                   \
	{                                            \
		.nlmsg_type = 30, .nlmsg_seq = (seq) \
	}
#define DONE(seq)                                            \
	{                                                    \
		.nlmsg_type = NLMSG_DONE, .nlmsg_seq = (seq) \
	}

static void netlink_wait_ends_with_what_was_asked_for(void **state)
{
	struct talk t = talk_of(4, 6, NLM_F_ACK);

	(void)state;
	/* A reply is not the acknowledgement that was asked for. */
	say(&t, (struct nlmsghdr)REPLY(6), NULL);
	assert_false(over(&t));
	say(&t, (struct nlmsghdr)SAID(6), &ok);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_OK);
	assert_int_equal(t.replies, 1);
	t = talk_of(4, 4, 0);
	say(&t, (struct nlmsghdr)REPLY(4), NULL);
	assert_true(over(&t));
	t = talk_of(4, 4, NLM_F_DUMP);
	say(&t, (struct nlmsghdr)REPLY(4), NULL);
	say(&t, (struct nlmsghdr)REPLY(4), NULL);
	assert_false(over(&t));
	say(&t, (struct nlmsghdr)REPLY(4), NULL);
	say(&t, (struct nlmsghdr)DONE(4), &ok);
	assert_true(over(&t));
	assert_int_equal(t.replies, 3);
	assert_int_equal(t.wait.result, ERR_OK);
}

static void netlink_wait_gives_the_first_error_of_a_transaction(void **state)
{
	struct talk t = talk_of(4, 6, NLM_F_ACK);

	(void)state;
	say(&t, (struct nlmsghdr)SAID(5), &exists);
	assert_false(over(&t));
	say(&t, (struct nlmsghdr)SAID(6), &denied);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_EXISTS);
	/* A commit that fails is reported under the first number. */
	t = talk_of(4, 6, NLM_F_ACK);
	say(&t, (struct nlmsghdr)SAID(4), &denied);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_DENIED);
	/* A dump that ended early, and one that was refused. */
	t = talk_of(4, 4, NLM_F_DUMP);
	say(&t, (struct nlmsghdr)DONE(4), &denied);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_DENIED);
	t = talk_of(4, 4, NLM_F_DUMP);
	say(&t, (struct nlmsghdr)SAID(4), &denied);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_DENIED);
}

static void netlink_wait_passes_over_what_is_not_for_it(void **state)
{
	/* Numbers go round. */
	struct talk t = talk_of(UINT32_MAX, 1, NLM_F_ACK);

	(void)state;
	say(&t, (struct nlmsghdr)SAID(UINT32_MAX - 1), &denied);
	say(&t, (struct nlmsghdr)SAID(2), &denied);
	say(&t, (struct nlmsghdr){.nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 1, .nlmsg_pid = 78}, &denied);
	say(&t, (struct nlmsghdr){.nlmsg_type = NLMSG_NOOP, .nlmsg_seq = 1}, NULL);
	assert_false(over(&t));
	assert_int_equal(t.wait.result, ERR_OK);
	assert_int_equal(t.replies, 0);
	say(&t, (struct nlmsghdr)SAID(1), &ok);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_OK);
}

static void netlink_wait_marks_an_interrupted_dump(void **state)
{
	struct talk t = talk_of(4, 4, NLM_F_DUMP);

	(void)state;
	say(&t, (struct nlmsghdr){.nlmsg_type = NLMSG_DONE, .nlmsg_flags = NLM_F_DUMP_INTR, .nlmsg_seq = 4}, &ok);
	assert_true(over(&t));
	assert_true(t.wait.interrupted);
	t = talk_of(4, 4, NLM_F_DUMP);
	say(&t, (struct nlmsghdr){.nlmsg_type = 30, .nlmsg_flags = NLM_F_DUMP_INTR, .nlmsg_seq = 4}, NULL);
	/* What is left of it is still read, or the next dump would be refused. */
	assert_false(over(&t));
	assert_true(t.wait.interrupted);
}

static void netlink_result_of_ipset_is_its_own(void **state)
{
	static const struct {
		int number;
		enum err err;
	} rows[] = {{-4095, ERR_IO},	 {-4096, ERR_INVALID}, {-4098, ERR_UNSUPPORTED}, {-4100, ERR_BUSY},
		    {-4103, ERR_EXISTS}, {-4352, ERR_FULL},    {-5000, ERR_INVALID}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netlink_message m = {.type = NLMSG_ERROR,
					    .body = {(const uint8_t *)&rows[i].number, sizeof(rows[i].number), false}};

		assert_int_equal(netlink_result(&m), rows[i].err);
	}
}

static void netlink_result_is_no_more_than_an_error(void **state)
{
	static const int least = INT32_MIN, positive = 5;
	struct talk t = talk_of(4, 4, NLM_F_ACK);

	(void)state;
	say(&t, (struct nlmsghdr)SAID(4), NULL);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_PROTOCOL);
	t = talk_of(4, 4, NLM_F_ACK);
	say(&t, (struct nlmsghdr)SAID(4), &least);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_PROTOCOL);
	t = talk_of(4, 4, NLM_F_ACK);
	say(&t, (struct nlmsghdr)SAID(4), &positive);
	assert_true(over(&t));
	assert_int_equal(t.wait.result, ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(netlink_writes_what_libmnl_writes),
		cmocka_unit_test(netlink_reads_what_libmnl_reads),
		cmocka_unit_test(netlink_that_does_not_fit_is_not_written),
		cmocka_unit_test(netlink_attribute_longer_than_its_length_field_is_refused),
		cmocka_unit_test(netlink_value_of_another_length_is_zero),
		cmocka_unit_test(netlink_damage_ends_the_datagram_and_is_marked),
		cmocka_unit_test(netlink_whole_takes_the_datagram_for_the_message),
		cmocka_unit_test(netlink_wait_ends_with_what_was_asked_for),
		cmocka_unit_test(netlink_wait_gives_the_first_error_of_a_transaction),
		cmocka_unit_test(netlink_wait_passes_over_what_is_not_for_it),
		cmocka_unit_test(netlink_wait_marks_an_interrupted_dump),
		cmocka_unit_test(netlink_result_is_no_more_than_an_error),
		cmocka_unit_test(netlink_result_of_ipset_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
