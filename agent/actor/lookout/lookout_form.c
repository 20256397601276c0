/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts how many pairs of bytes are equal: by chance one in 256 is, of texts and programs several times that. Never
 * reads a file itself.
 */
#include "agent/actor/lookout/lookout_form.h"

#include <stdbool.h>
#include <string.h>

#define DEVIATIONS 5u /* from what chance gives: less than one in a million files of chance is taken for another */
#define BEGIN_MAX 8u
#define PACKET 188u /* ISO/IEC 13818-1 */
#define PACKET_MARK 0x47

/* What files of a kind begin with, where what follows is packed. */
static const struct {
	uint8_t at, len;
	uint8_t bytes[BEGIN_MAX];
} begins[] = {
	{0, 4, {'P', 'K', 3, 4}},				  /* zip, and documents of offices */
	{0, 2, {0x1f, 0x8b}},					  /* gzip */
	{0, 3, {'B', 'Z', 'h'}},				  /* bzip2 */
	{0, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},			  /* xz */
	{0, 3, {0x5d, 0, 0}},					  /* lzma */
	{0, 4, {0x28, 0xb5, 0x2f, 0xfd}},			  /* zstd */
	{0, 4, {4, 0x22, 0x4d, 0x18}},				  /* lz4 */
	{0, 6, {'7', 'z', 0xbc, 0xaf, 0x27, 0x1c}},		  /* 7z */
	{0, 4, {'R', 'a', 'r', '!'}},				  /* rar */
	{0, 2, {0x1f, 0x9d}},					  /* compress */
	{0, 4, {'L', 'Z', 'I', 'P'}},				  /* lzip */
	{0, 4, {0x89, 'L', 'Z', 'O'}},				  /* lzop */
	{0, 2, {0x78, 0x01}},					  /* zlib, and git's objects */
	{0, 2, {0x78, 0x5e}},					  /* the same, packed more or less well */
	{0, 2, {0x78, 0x9c}},					  /* */
	{0, 2, {0x78, 0xda}},					  /* */
	{0, 3, {0xff, 0xd8, 0xff}},				  /* JPEG */
	{0, 8, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}},	  /* PNG */
	{0, 4, {'G', 'I', 'F', '8'}},				  /* GIF */
	{0, 4, {'%', 'P', 'D', 'F'}},				  /* PDF */
	{0, 4, {'R', 'I', 'F', 'F'}},				  /* WebP, AVI, WAV */
	{4, 4, {'f', 't', 'y', 'p'}},				  /* MP4, HEIC, AVIF */
	{0, 2, {0xff, 0x0a}},					  /* JPEG XL */
	{4, 4, {'J', 'X', 'L', ' '}},				  /* the same, in boxes */
	{4, 4, {'j', 'P', ' ', ' '}},				  /* JPEG 2000 */
	{0, 4, {0x30, 0x26, 0xb2, 0x75}},			  /* WMV, WMA */
	{0, 4, {0x1a, 0x45, 0xdf, 0xa3}},			  /* Matroska */
	{0, 4, {'O', 'g', 'g', 'S'}},				  /* Ogg */
	{0, 4, {'f', 'L', 'a', 'C'}},				  /* FLAC */
	{0, 3, {'I', 'D', '3'}},				  /* MP3 with a title */
	{0, 4, {'w', 'O', 'F', '2'}},				  /* fonts */
	{0, 4, {'w', 'O', 'F', 'F'}},				  /* */
	{0, 4, {'P', 'A', 'C', 'K'}},				  /* packs of git */
	{0, 8, {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}}, /* older documents of offices */
	{0, 4, {0x7f, 'E', 'L', 'F'}},				  /* programs */
	{0, 4, {'h', 's', 'q', 's'}},				  /* squashfs */
};

/* Video in packets of 188 bytes, as recorders write it: each begins with the same byte. */
static bool is_transport(const uint8_t *bytes, size_t len)
{
	return len > (size_t)3 * PACKET && bytes[0] == PACKET_MARK && bytes[PACKET] == PACKET_MARK &&
	       bytes[2 * PACKET] == PACKET_MARK && bytes[3 * PACKET] == PACKET_MARK;
}

static bool begins_known(const uint8_t *bytes)
{
	/* MP3 and AAC as they are sent: eleven bits of ones. */
	if (bytes[0] == 0xff && (bytes[1] & 0xe0) == 0xe0)
		return true;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (memcmp(bytes + begins[i].at, begins[i].bytes, begins[i].len) == 0)
			return true;
	return false;
}

/* The number of equal pairs is as chance gives it: on average one in 256, with that number as its variance. */
static bool is_chance(const uint8_t *bytes, size_t len)
{
	uint64_t expected = (uint64_t)len * (len - 1) / 2 / 256, pairs = 0, off;
	uint32_t counts[256] = {0};

	for (size_t i = 0; i < len; i++)
		pairs += counts[bytes[i]]++;
	off = pairs > expected ? pairs - expected : expected - pairs;
	return off * off <= DEVIATIONS * DEVIATIONS * expected;
}

uint8_t lookout_form(const uint8_t *bytes, size_t len)
{
	if (len < LOOKOUT_FORM_LEAST)
		return LOOKOUT_FORM_SHORT;
	if (begins_known(bytes) || is_transport(bytes, len))
		return LOOKOUT_FORM_PLAIN;
	return is_chance(bytes, len < LOOKOUT_FORM_BYTES ? len : LOOKOUT_FORM_BYTES) ? LOOKOUT_FORM_RANDOM
										     : LOOKOUT_FORM_PLAIN;
}
