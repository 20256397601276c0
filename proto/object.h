/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects: what is larger than a frame and goes over the link in pieces (ObjectOffer in proto/caltrop/v1/link.proto).
 * An object has a kind and a name, and lies at its receiver under these two only. A statement says what it is;
 * signatures (ECDSA P-256 over SHA-256, DER) cover exactly the statement's bytes. All integers are big-endian:
 *
 *   "CTJ1"  kind:u8  version:u64  size:u32  sha256[32]  created_s:i64
 *   name_len:u8 name  author_len:u8 author  group_len:u8 group
 *
 * Nothing follows. A statement has one spelling: what decodes encodes to the same bytes.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBJECT_ID 16
#define OBJECT_NAME_MAX 49 /* with its NUL */
#define OBJECT_TEXT_MAX 64 /* author and group, with their NUL */
#define OBJECT_STATEMENT_MAX 256
#define OBJECT_STAGED_MAX 20
#define OBJECT_WHY_MAX 120
#define OBJECT_BYTES_MAX (16u << 20) /* of any kind */

enum object_way {
	OBJECT_DOWN = 1, /* from the service to devices */
	OBJECT_UP = 2,	 /* from a device to the service */
};

/* Whose signatures an object needs before anything is made of it. Its receiver's privileged half checks them. */
enum object_signer {
	OBJECT_BY_NOBODY = 0,	 /* the connection says which device sent it */
	OBJECT_BY_ORDER_KEY = 1, /* order keys of the trust bundle */
	OBJECT_BY_ROOT_KEY = 2,	 /* the fleet's root keys; no kind of this build needs them */
};

/* One kind. Its number never changes. What a device makes of it is a second row, in agent/actor/objects.c. */
struct object_kind {
	uint8_t number;
	uint8_t way;	    /* enum object_way */
	uint8_t signer;	    /* enum object_signer */
	uint8_t signatures; /* distinct ones that it needs */
	uint32_t bytes_max; /* of one object */
	const char *name;   /* also the name of the directory in which its objects lie on a device */
	const char *about;  /* half a line for people */
};

struct object {
	uint8_t kind;
	/*
	 * Of the objects of this kind and name; a device takes none but above what it had, or that very object again.
	 * Who names none says the time in milliseconds: a withdrawal in the second of its push has to be above it.
	 */
	uint64_t version;
	uint32_t size;
	uint8_t sha256[32];
	int64_t created_s; /* wall time since 1970 */
	char name[OBJECT_NAME_MAX];
	char author[OBJECT_TEXT_MAX]; /* up: the program that made it */
	char group[OBJECT_TEXT_MAX];  /* down: only for devices of that group; empty: for all of the fleet */
};

/* The row of that number or name; NULL: there is none. Rows by place; NULL behind the last one. */
const struct object_kind *object_kind(uint8_t number);
const struct object_kind *object_kind_named(const char *name);
const struct object_kind *object_kind_at(unsigned place);

/* Whether it may be an object's name: 1 to 48 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit. */
bool object_name_valid(const char *name);

/*
 * Whether every field is in its range, and the size at most that of its kind. ERR_UNSUPPORTED (no kind of this build),
 * ERR_TOO_LONG (the size), ERR_INVALID; then `why` is a sentence.
 */
ERR_CHECK enum err object_check(const struct object *object, char why[OBJECT_WHY_MAX]);

/* Append the statement. ERR_INVALID and the like as object_check(); ERR_TOO_LONG: the memory of b. */
ERR_CHECK enum err object_encode(struct buf *b, const struct object *object);

/* Read a statement and check it. ERR_TRUNCATED, ERR_INVALID, and what object_check() says; then *out is zero. */
ERR_CHECK enum err object_decode(struct str statement, struct object *out, char why[OBJECT_WHY_MAX]);

/* The identifier of the object with this statement. */
void object_id(struct str statement, uint8_t id[OBJECT_ID]);

/* The name of the file in the core's directory in which the bytes are gathered that came so far: 16 digits and ".in".
 */
void object_staged_name(const uint8_t id[OBJECT_ID], char name[OBJECT_STAGED_MAX]);

/*
 * The spool of objects that wait to be sent: files "%016x.up", named by the first 8 bytes of the identifier, each with
 * "CTU1" statement_len:u16 statement, and then the object's bytes. object_waiting_head() appends what comes before
 * these.
 */
#define OBJECT_WAITING_MAGIC "CTU1"
#define OBJECT_WAITING_HEAD 6 /* bytes before the statement */
void object_waiting_name(const uint8_t id[OBJECT_ID], char name[OBJECT_STAGED_MAX]);
bool object_is_waiting(const char *name);
void object_waiting_head(struct buf *b, struct str statement);

/* Appends "KIND NAME version N (SIZE bytes)". */
void object_describe(struct buf *b, const struct object *object);
