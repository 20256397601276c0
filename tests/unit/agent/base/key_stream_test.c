/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/key_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define PIECES_MAX 3
#define SEALED (KEY_STREAM_PIECE + KEY_STREAM_TAG)
#define LEFT 5 /* bytes of the last piece */

static struct key_der private_key, public_key, stranger;
static uint8_t head[KEY_STREAM_HEAD], pieces[PIECES_MAX][SEALED];
static char text[KEY_STREAM_PIECE];

/* Two full pieces and one of five bytes. */
static int make_stream(void **state)
{
	struct key_stream s;

	(void)state;
	memset(text, 'x', sizeof(text));
	return key_generate(key_random_kernel, &private_key) != ERR_OK ||
	       key_public(&private_key, &public_key) != ERR_OK ||
	       key_generate(key_random_kernel, &stranger) != ERR_OK ||
	       key_stream_begin(&s, &public_key, key_random_kernel, head) != ERR_OK ||
	       key_stream_seal(&s, (struct str){text, sizeof(text)}, false, pieces[0]) != ERR_OK ||
	       key_stream_seal(&s, (struct str){text, sizeof(text)}, false, pieces[1]) != ERR_OK ||
	       key_stream_seal(&s, (struct str){"hello", LEFT}, true, pieces[2]) != ERR_OK;
}

static enum err open_piece(struct key_stream *s, unsigned i, bool last)
{
	static uint8_t plain[KEY_STREAM_PIECE];
	const struct str sealed = {(const char *)pieces[i], i == 2 ? LEFT + KEY_STREAM_TAG : SEALED};
	enum err err = key_stream_open(s, sealed, last, plain);

	if (err == ERR_OK)
		assert_memory_equal(plain, i == 2 ? "hello" : text, sealed.len - KEY_STREAM_TAG);
	return err;
}

static struct key_stream accepted(void)
{
	struct key_stream s;

	assert_int_equal(key_stream_accept(&s, &private_key, head), ERR_OK);
	return s;
}

static void stream_opens_piece_by_piece(void **state)
{
	struct key_stream s = accepted();

	(void)state;
	assert_int_equal(open_piece(&s, 0, false), ERR_OK);
	assert_int_equal(open_piece(&s, 1, false), ERR_OK);
	assert_int_equal(open_piece(&s, 2, true), ERR_OK);
	assert_int_equal(open_piece(&s, 2, true), ERR_INVALID);
}

static void stream_without_its_end_does_not_open(void **state)
{
	struct key_stream s = accepted();

	(void)state;
	assert_int_equal(open_piece(&s, 0, false), ERR_OK);
	assert_int_equal(open_piece(&s, 1, true), ERR_CRYPTO);
}

static void pieces_that_changed_places_do_not_open(void **state)
{
	struct key_stream s = accepted();

	(void)state;
	assert_int_equal(open_piece(&s, 1, false), ERR_CRYPTO);
	assert_int_equal(open_piece(&s, 0, false), ERR_INVALID);
	s = accepted();
	assert_int_equal(open_piece(&s, 0, false), ERR_OK);
	assert_int_equal(open_piece(&s, 0, false), ERR_CRYPTO);
}

static void changed_byte_does_not_open(void **state)
{
	struct key_stream s = accepted();

	(void)state;
	pieces[0][100] ^= 1;
	assert_int_equal(open_piece(&s, 0, false), ERR_CRYPTO);
	pieces[0][100] ^= 1;
	head[KEY_STREAM_HEAD - 1] ^= 1;
	assert_int_equal(key_stream_accept(&s, &private_key, head), ERR_CRYPTO);
	head[KEY_STREAM_HEAD - 1] ^= 1;
	head[0] ^= 1;
	assert_int_equal(key_stream_accept(&s, &private_key, head), ERR_INVALID);
	head[0] ^= 1;
}

static void stranger_cannot_open_it(void **state)
{
	struct key_stream s;

	(void)state;
	assert_int_equal(key_stream_accept(&s, &stranger, head), ERR_CRYPTO);
}

static void piece_of_another_length_is_refused(void **state)
{
	static uint8_t out[SEALED];
	struct key_stream s = accepted();

	(void)state;
	assert_int_equal(key_stream_seal(&s, (struct str){text, sizeof(text) - 1}, false, out), ERR_INVALID);
	assert_int_equal(key_stream_open(&s, (struct str){text, KEY_STREAM_TAG - 1}, true, out), ERR_INVALID);
	assert_int_equal(key_stream_open(&s, (struct str){text, KEY_STREAM_TAG + 1}, false, out), ERR_INVALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_opens_piece_by_piece),
		cmocka_unit_test(stream_without_its_end_does_not_open),
		cmocka_unit_test(pieces_that_changed_places_do_not_open),
		cmocka_unit_test(changed_byte_does_not_open),
		cmocka_unit_test(stranger_cannot_open_it),
		cmocka_unit_test(piece_of_another_length_is_refused),
	};

	return cmocka_run_group_tests(tests, make_stream, NULL);
}
