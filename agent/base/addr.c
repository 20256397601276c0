/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses, compares and writes addresses and prefixes. IPv4 text is parsed here, IPv6 text by inet_pton(3). The whole
 * text must be an address: "1.2.3.4 port 22" and "010.0.0.1" are refused. Never resolves a name.
 */
#include "agent/base/addr.h"

#include "agent/base/rare.h"

#include <arpa/inet.h>
#include <string.h>

#define CARRIER_BITS 96 /* of both prefixes below: an IPv4 address is in the last four bytes */

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

/* Eight bytes of text as a number; the first byte is the lowest. */
static USUAL uint64_t eight(const char *text)
{
	uint64_t x;

	memcpy(&x, text, 8);
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x : __builtin_bswap64(x);
}

/* The same for seven bytes, of which the middle one is read twice. */
static USUAL uint64_t seven(const char *text)
{
	uint32_t front, back;

	memcpy(&front, text, 4);
	memcpy(&back, text + 3, 4);
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) {
		front = __builtin_bswap32(front);
		back = __builtin_bswap32(back);
	}
	return front | (uint64_t)back << 24;
}

#define POINTS UINT64_C(0x2e2e2e2e2e2e2e2e)

/* Set the top bit of each byte of *ends that is a point. False: one is neither a point nor a digit. */
static USUAL bool find_points(uint64_t text, uint64_t *ends)
{
	uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f), x = text ^ UINT64_C(0x3030303030303030), y = text ^ POINTS;
	uint64_t others = (((x & low) + UINT64_C(0x7676767676767676)) | x) & ~low;

	*ends = ~(((y & low) + low) | y | low);
	return others == *ends;
}

/*
 * Read the number of `bits` / 8 digits at the front. False: it has none, is more than 255, or has a needless zero. The
 * digits are moved into three bytes, the ones last, so that all lengths are read alike: one product adds them up, and
 * reversed they compare as the number does.
 */
static USUAL bool read_part(uint64_t text, unsigned bits, uint8_t *out)
{
	uint32_t digits = (uint32_t)text << (24 - bits) % 32 & 0x0f0f0f;

	*out = (uint8_t)(digits * 0x640a01 >> 16);
	return bits - 8 <= 16 && __builtin_bswap32(digits) <= 0x02050500 && ((text & 0xff) != '0' || bits == 8);
}

/* Read the two numbers at the front, each with a point behind it. Returns how many bits of text they are; 0: none. */
static USUAL unsigned read_two(uint64_t text, uint8_t out[2])
{
	uint64_t ends;

	if (!find_points(text, &ends) || (ends & (ends - 1)) == 0)
		return 0;
	unsigned one = (unsigned)__builtin_ctzll(ends) - 7, two = (unsigned)__builtin_ctzll(ends & (ends - 1)) - 7;

	return read_part(text, one, &out[0]) && read_part(text >> one >> 8, two - one - 8, &out[1]) ? two + 8 : 0;
}

/*
 * Parse "1.22.333.4". It runs once per failed login, and the processor cannot predict the lengths of the numbers, so
 * there is no branch on them: two numbers are within the first eight bytes, and two within the last eight, behind which
 * a point is thought.
 */
static USUAL bool parse_v4(struct str s, uint8_t out[4])
{
	if (s.len < 7 || s.len > 15)
		return false;
	uint64_t front = s.len < 8 ? seven(s.data) | POINTS << 56 : eight(s.data);
	uint64_t back = s.len < 8 ? front << 8 : eight(s.data + s.len - 8);
	unsigned first = read_two(front, out), left = 8 * (unsigned)s.len - first;

	if (first == 0 || left < 24 || left > 56)
		return false;
	return read_two(back >> (64 - left) | POINTS << left, out + 2) == left + 8;
}

static bool parse_v6(struct str s, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];
	size_t zone = str_find_byte(s, '%');

	if (zone != SIZE_MAX) {
		if (zone + 1 == s.len)
			return false;
		s.len = zone;
	}
	if (s.len < 2 || str_find_byte(s, ':') == SIZE_MAX || str_copy(s, text, sizeof(text)) != ERR_OK)
		return false;
	return inet_pton(AF_INET6, text, out) == 1;
}

/* The IPv4 address or network in the last four bytes of an IPv6 one. */
static struct addr carried(const struct addr *a)
{
	struct addr out = {.family = 4, .prefix = (uint8_t)(a->prefix - CARRIER_BITS)};

	memcpy(out.bytes, a->bytes + sizeof(mapped), 4);
	return out;
}

static RARE enum err parse_other(struct str text, struct addr *out)
{
	if (!parse_v6(text, out->bytes)) {
		*out = (struct addr){0};
		return ERR_INVALID;
	}
	out->family = 6;
	out->prefix = 128;
	return ERR_OK;
}

/* Whether it is an IPv4 address, what most are. */
static USUAL bool is_v4(struct str text, struct addr *out)
{
	*out = (struct addr){0};
	if (!parse_v4(text, out->bytes))
		return false;
	out->family = 4;
	out->prefix = 32;
	return true;
}

/* An address as the text has it: also an IPv4 one that is mapped into IPv6 stays what it is. */
static enum err parse(struct str text, struct addr *out)
{
	return is_v4(text, out) ? ERR_OK : parse_other(text, out);
}

static bool is_mapped(const struct addr *a)
{
	return a->family == 6 && memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

enum err addr_parse_wire(struct str text, struct addr *out)
{
	enum err err = parse(text, out);

	if (is_mapped(out))
		*out = carried(out);
	return err;
}

enum err addr_parse(struct str text, struct addr *out)
{
	if (is_v4(text, out))
		return ERR_OK;
	enum err err = parse_other(text, out);

	if (out->family == 6)
		*out = addr_plain(out);
	return err;
}

struct addr addr_plain(const struct addr *a)
{
	bool carries = is_mapped(a) || (a->family == 6 && memcmp(a->bytes, nat64, sizeof(nat64)) == 0);

	return carries && a->prefix > CARRIER_BITS ? carried(a) : *a;
}

bool addr_holds_nat64(const struct addr *net)
{
	struct addr all = {.family = 6, .prefix = CARRIER_BITS};

	memcpy(all.bytes, nat64, sizeof(nat64));
	return addr_contains(net, &all);
}

struct addr addr_mask(const struct addr *a, uint8_t bits)
{
	struct addr net = *a;

	if (bits >= a->prefix)
		return net;
	net.prefix = bits;
	if (bits >= 8 * sizeof(net.bytes))
		return net;
	if (bits % 8)
		net.bytes[bits / 8] &= (uint8_t)(0xff00u >> bits % 8);
	memset(net.bytes + (bits + 7) / 8, 0, sizeof(net.bytes) - (bits + 7) / 8);
	return net;
}

enum err addr_parse_prefix_wire(struct str text, struct addr *out)
{
	size_t slash = str_find_byte(text, '/');
	uint64_t bits = 0;
	struct str head = text;

	if (slash == SIZE_MAX)
		return addr_parse_wire(text, out);
	head.len = slash;
	if (parse(head, out) != ERR_OK)
		return ERR_INVALID;
	if (str_number(str_sub(text, slash + 1, SIZE_MAX), 128, &bits) != ERR_OK || bits > out->prefix)
		return ERR_INVALID;
	if (is_mapped(out) && bits < CARRIER_BITS)
		return ERR_INVALID;
	bool was_mapped = is_mapped(out);

	*out = addr_mask(out, (uint8_t)bits);
	if (was_mapped)
		*out = carried(out);
	return ERR_OK;
}

enum err addr_parse_prefix(struct str text, struct addr *out)
{
	enum err err = addr_parse_prefix_wire(text, out);

	if (err == ERR_OK)
		*out = addr_plain(out);
	return err;
}

void addr_put(struct buf *b, const struct addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (a->family == 0 || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, sizeof(text)))
		return;
	buf_text(b, text);
	if (a->prefix != (a->family == 4 ? 32 : 128)) {
		buf_char(b, '/');
		buf_u64(b, a->prefix);
	}
}

const char *addr_text(const struct addr *a, char text[static ADDR_TEXT_MAX])
{
	struct buf b = buf_over(text, ADDR_TEXT_MAX - 1);

	addr_put(&b, a);
	text[b.len] = '\0';
	return text;
}

void addr_save(struct buf *b, const struct addr *a)
{
	buf_be8(b, a->family);
	buf_be8(b, a->prefix);
	buf_bytes(b, a->bytes, sizeof(a->bytes));
}

struct addr addr_restore(struct view *v)
{
	struct addr a = {.family = view_be8(v), .prefix = 128};
	uint8_t prefix = view_be8(v);

	view_bytes(v, a.bytes, sizeof(a.bytes));
	if ((a.family != 4 && a.family != 6) || prefix > (a.family == 4 ? 32 : 128))
		return (struct addr){0};
	a = addr_mask(&a, prefix);
	return addr_plain(&a);
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && a->prefix == b->prefix && memcmp(a->bytes, b->bytes, 16) == 0;
}

uint64_t addr_hash(const struct hash_key *key, const struct addr *a)
{
	uint8_t text[2 + sizeof(a->bytes)] = {a->family, a->prefix};

	memcpy(text + 2, a->bytes, sizeof(a->bytes));
	return hash_bytes(key, text, sizeof(text));
}

bool addr_contains(const struct addr *net, const struct addr *a)
{
	if (net->family == 0 || net->family != a->family || net->prefix > a->prefix)
		return false;
	struct addr cut = addr_mask(a, net->prefix);

	return memcmp(cut.bytes, net->bytes, 16) == 0;
}

bool addr_overlaps(const struct addr *a, const struct addr *b)
{
	return addr_contains(a, b) || addr_contains(b, a);
}

struct addr addr_wire(uint8_t family, const void *bytes)
{
	struct addr a = {.family = family, .prefix = family == 4 ? 32 : 128};

	memcpy(a.bytes, bytes, family == 4 ? 4 : 16);
	return is_mapped(&a) ? carried(&a) : a;
}

struct addr addr_from_bytes(uint8_t family, const void *bytes)
{
	struct addr a = addr_wire(family, bytes);

	return addr_plain(&a);
}

bool addr_is_loopback(const struct addr *a)
{
	static const struct addr nets[] = {{4, 8, {127}}, {6, 128, {[15] = 1}}};

	return addr_contains(&nets[0], a) || addr_contains(&nets[1], a);
}

bool addr_is_special(const struct addr *a)
{
	static const struct addr nets[] = {
		{4, 8, {127}}, {4, 8, {0}},	     {4, 4, {224}},  {4, 32, {255, 255, 255, 255}},
		{6, 128, {0}}, {6, 128, {[15] = 1}}, {6, 8, {0xff}},
	};

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if (addr_overlaps(&nets[i], a))
			return true;
	return false;
}
