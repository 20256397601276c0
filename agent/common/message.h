/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between core and actor, over one pair of SOCK_SEQPACKET sockets. Each datagram is one message of a fixed
 * length, in the host's byte order, because both ends are of one build on one machine. The actor checks every field.
 * When a type is unknown, or a length or version is wrong, the actor kills the core, starts it again, and counts that.
 * An answer to ACTOR_SOURCE carries a descriptor (SCM_RIGHTS, unix(7)); no message carries a path, but a name that
 * fits a pattern of the settings.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "proto/bundle.h"
#include "proto/chain.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_VERSION 13
#define MESSAGE_RULE_MAX 40
#define MESSAGE_ID 16 /* incident and order identifiers: 128 random or derived bits */
#define MESSAGE_TEXT_MAX 160
#define MESSAGE_WHY_MAX 120
#define MESSAGE_NAME_MAX 256 /* NAME_MAX of the kernel and a NUL */
#define MESSAGE_SEALED_MAX 256
#define MESSAGE_ORDER_MAX 1024 /* bytes of one signed order (proto/order.h) */
#define MESSAGE_SIGNATURES_MAX 3
#define MESSAGE_SIGNATURE_MAX 80  /* DER ECDSA P-256: at most 72 */
#define MESSAGE_STATEMENT_MAX 256 /* bytes of the statement of an object (proto/object.h) */
#define MESSAGE_EXE_MAX 640	  /* bytes of a program's path */
#define MESSAGE_NETS_MAX 32	  /* networks in one message; a ban of any other that is needed is refused */

/* Who asked for an action. Each origin has its own budget and rails. */
enum verb_origin {
	ORIGIN_RULE = 1,     /* the guard itself, by its response policy */
	ORIGIN_ORDER = 2,    /* a signed order: the signatures decide, not the core */
	ORIGIN_LOCAL = 3,    /* root, at the local command line: verbs whose row says `local` */
	ORIGIN_PLAYBOOK = 4, /* a signed playbook, for an incident that the core tells of: with the rails of a rule */
	ORIGIN_IMMUNITY = 5, /* the service, for a whole group, inside a signed delegation (proto/delegation.h) */
};

enum actor_type {
	/* core -> actor */
	ACTOR_ACT = 1,	    /* struct actor_act */
	ACTOR_ORDER = 2,    /* struct actor_order: verify the order, then act; each step has a receipt */
	ACTOR_SOURCE = 3,   /* struct actor_source: open a source; the answer has the same type and a descriptor */
	ACTOR_READY = 4,    /* struct actor_header: the core is sandboxed and asks for the effects in force */
	ACTOR_HEARD = 5,    /* struct actor_header: the service was heard; sent while there are leases */
	ACTOR_RECORDED = 6, /* struct actor_recorded: these receipts need not be sent to the next core */
	ACTOR_OBJECT = 7,   /* struct actor_object: may this object be fetched? or: it was fetched, keep it */
	ACTOR_TRUST = 8,    /* struct actor_trust: take this trust bundle, if it may be taken */
	ACTOR_OWNER = 9,    /* struct actor_owner: whose is this socket? */
	ACTOR_ALIVE = 10,   /* struct actor_header: the core's loop turns. The first time: its sources were opened or
			     * refused, and it answers at its socket */
	ACTOR_AUDIT = 11,   /* struct actor_audit: look at the device now; samples come over CORE_FD_EXPOSURE */
	ACTOR_PLAY = 12,    /* struct actor_play: run the playbooks that are for such an incident */
	/* actor -> core */
	ACTOR_RECEIPT = 32, /* struct actor_receipt */
	ACTOR_EFFECT = 33,  /* struct actor_effect: what is in force after ACTOR_READY, then changes but for new bans */
	ACTOR_SYNCED = 34,  /* struct actor_header: all effects in force were sent */
	ACTOR_HEALTH = 35,  /* struct actor_health: when it changes */
	ACTOR_NETS = 36,    /* struct actor_nets: after ACTOR_READY, before the effects, and when it changes */
	ACTOR_HEAD = 37,    /* struct actor_head: behind the receipts it speaks for, at most a second later */
	ACTOR_OBJECT_ANSWER = 38, /* struct actor_object_answer: once for each ACTOR_OBJECT */
	ACTOR_OWNER_ANSWER = 39,  /* struct actor_owner_answer: once for each ACTOR_OWNER */
	ACTOR_WAITING = 40,	  /* struct actor_header: a file waits to be sent (proto/object.h) */
};

struct actor_header {
	uint16_t version;    /* MESSAGE_VERSION */
	uint16_t type;	     /* enum actor_type */
	uint32_t length;     /* sizeof the message struct */
	uint64_t request_id; /* chosen by the core and repeated in the answer; 0: no request was made */
};

struct actor_act {
	struct actor_header header;
	uint8_t origin;	 /* ORIGIN_RULE, ORIGIN_LOCAL or ORIGIN_IMMUNITY; others are a protocol error here */
	uint8_t observe; /* 1: check and report, but do nothing */
	char rule[MESSAGE_RULE_MAX];  /* rule id, empty for local */
	uint8_t incident[MESSAGE_ID]; /* zero: none */
	int64_t cause_us;	      /* CLOCK_BOOTTIME when the bytes that caused this were read */
	int64_t decided_us;	      /* when the core decided */
	struct verb_args args;
};

#define PLAY_TAGS_MAX 12 /* as many as a rule has */
#define PLAY_TAG_MAX 48
#define PLAY_PATH_MAX 96 /* what an incident is about has no more */

enum play_witness {
	PLAY_UNKNOWN = 0,     /* it may still come: playbooks that need one wait */
	PLAY_WITNESSED = 1,   /* run those that need one, too */
	PLAY_UNWITNESSED = 2, /* none came: refuse those that need one */
};

/* What an incident is about: texts are ended by a NUL, and empty where it names none. */
struct actor_play {
	struct actor_header header;
	uint8_t sure;	 /* 1: run those that need no witness, which is said once */
	uint8_t witness; /* enum play_witness */
	uint8_t level;	 /* enum severity */
	uint8_t tag_count;
	char rule[MESSAGE_RULE_MAX];
	char tags[PLAY_TAGS_MAX][PLAY_TAG_MAX];
	uint8_t incident[MESSAGE_ID];
	struct addr addr; /* family 0: none; else one address */
	char account[VERB_ACCOUNT_MAX];
	int32_t pid; /* 0: none */
	char path[PLAY_PATH_MAX];
	int64_t cause_us, decided_us; /* as in struct actor_act */
};

struct actor_signature {
	uint8_t key_id[8]; /* first eight bytes of SHA-256 over the signer's SubjectPublicKeyInfo */
	uint16_t len;
	uint8_t bytes[MESSAGE_SIGNATURE_MAX];
};

struct actor_order {
	struct actor_header header;
	int64_t received_us; /* CLOCK_BOOTTIME when the order's frame was complete */
	uint16_t order_len;
	uint16_t signature_count;
	uint8_t order[MESSAGE_ORDER_MAX]; /* proto/order.h */
	struct actor_signature signatures[MESSAGE_SIGNATURES_MAX];
};

/*
 * An object that the service offers. Its bytes, when they are there, lie in the core's directory under the name that
 * object_staged_name() makes of its statement; the actor copies them and believes nothing that it did not copy.
 */
struct actor_object {
	struct actor_header header;
	uint8_t put; /* 0: say whether it may be fetched; 1: it lies there whole, verify it and keep it */
	uint16_t statement_len;
	uint16_t signature_count;
	uint8_t statement[MESSAGE_STATEMENT_MAX]; /* proto/object.h */
	struct actor_signature signatures[MESSAGE_SIGNATURES_MAX];
};

struct actor_object_answer {
	struct actor_header header;
	uint8_t id[MESSAGE_ID];	     /* of the object: the first bytes of SHA-256 over its statement */
	uint8_t put;		     /* of the request */
	uint8_t err;		     /* enum err; ERR_EXISTS: this very object is kept already */
	char text[MESSAGE_TEXT_MAX]; /* for people, empty with ERR_OK */
};

struct actor_source {
	struct actor_header header;
	uint16_t index;	   /* into the sources of the settings, in their order */
	uint16_t slot;	   /* the core's, repeated in the answer */
	uint16_t status;   /* answer: enum err; ERR_OK comes with a descriptor */
	uint16_t sibling;  /* request: 1: open the rotated file "NAME.*" or "NAME-*" that has the inode */
	uint16_t next;	   /* request, of a pattern: 1: open the first match behind `name`, in the order of bytes */
	uint16_t matches;  /* answer to `next`: how many there are now */
	int32_t watch;	   /* answer: inotify watch descriptor of the file on the shared inotify instance */
	int32_t dir_watch; /* answer: watch descriptor of the directory that the file is in, or of the nearest one above
			    * it that exists; -1: none */
	int32_t list_watch; /* answer to `next`: the same for the directory of the pattern */
	uint64_t inode;
	char name[MESSAGE_NAME_MAX];  /* of a pattern: the match that is wanted; answer to `next`: the one that was
				       * found; empty: there are no more */
	char entry[MESSAGE_NAME_MAX]; /* answer: the name in the directory of dir_watch, or with `next` and no match of
				       * list_watch, that leads on to the file */
	char why[MESSAGE_WHY_MAX];    /* answer: with ERR_DENIED, which part of the path is not safe; else empty */
};

/* Only where the settings watch the network. What the answer says, anybody may know who has an account on the device.
 */
struct actor_owner {
	struct actor_header header;
	uint32_t inode; /* of the socket: sock_diag(7), "socket:[inode]" in /proc/PID/fd; not 0 */
	uint32_t uid;	/* of the user that made it, whose processes are looked at first */
};

/* The process that had the socket when it was looked for; when several had it, the first one. */
struct actor_owner_answer {
	struct actor_header header;
	uint8_t err; /* enum err; ERR_NOT_FOUND: none has it; ERR_BUSY: not looked for, or not everywhere */
	uint16_t exe_len;
	uint32_t pid;
	char name[16]; /* ended by NUL if it is shorter */
	char exe[MESSAGE_EXE_MAX];
};

/* Only where the settings ask for the audit. While a round is under way, another one is not begun. */
struct actor_audit {
	struct actor_header header;
	uint8_t whole; /* 1: also the checks that take seconds */
};

/* A sealed trust bundle (proto/bundle.h) of the service. What became of it is in the actor's health. */
struct actor_trust {
	struct actor_header header;
	uint16_t len;
	uint8_t bytes[BUNDLE_SEALED_MAX];
};

enum receipt_result {
	RECEIPT_DONE = 1,     /* done and, where `verified`, read back from the kernel or file */
	RECEIPT_ALREADY = 2,  /* it was so before; verified in the same way */
	RECEIPT_OBSERVED = 3, /* not done, because of observe mode */
	RECEIPT_REFUSED = 4,  /* a rail, a budget or a signature forbids it: `err` and `text` say which */
	RECEIPT_FAILED = 5,   /* it was tried and failed, and was undone where that was possible */
	RECEIPT_REVERTED = 6, /* it has expired or was undone */
	RECEIPT_RESTORED = 7, /* it had been removed by another program, and was put back */
};

struct actor_receipt {
	struct actor_header header;
	uint8_t origin;		     /* enum verb_origin */
	uint8_t result;		     /* enum receipt_result */
	uint8_t err;		     /* enum err: why it was not done */
	uint8_t verified;	     /* 1: it was read back and is as it should be */
	uint8_t step;		     /* of an order, from 1; 0: no order */
	uint8_t steps;		     /* how many the order has */
	uint8_t outcome;	     /* enum receipt_result of the whole order with its last receipt, else 0 */
	uint8_t repeat;		     /* 1: the order came again, and this was said before */
	char rule[MESSAGE_RULE_MAX]; /* or the playbook's name */
	uint8_t incident[MESSAGE_ID];
	uint8_t order_id[MESSAGE_ID]; /* of an order, or of one run of a playbook; else zero */
	struct verb_args args;
	uint32_t count;		 /* logout, kill: processes ended; audit: findings */
	int64_t expires_wall_us; /* ban: when it ends, else 0 */
	/* CLOCK_BOOTTIME of each step; 0: the step did not happen */
	int64_t cause_us, decided_us, received_us, journaled_us, acted_us, verified_us;
	struct chain_place place; /* in the actor's chain; a build without an uplink has none */
	uint16_t sealed_len; /* reset: of the secret, sealed to the escrow key (key_seal); 0: it is in a file of root's
			      */
	uint8_t sealed[MESSAGE_SEALED_MAX];
	char text[MESSAGE_TEXT_MAX]; /* for people, always filled */
};

/* The last place of the chain of receipts (proto/chain.h), signed with a key that the core cannot read. */
struct actor_head {
	struct actor_header header;
	uint64_t seq;
	uint8_t hash[CHAIN_HASH];
	uint16_t signature_len;
	uint8_t signature[MESSAGE_SIGNATURE_MAX];
	struct key_der key; /* public */
};

/* The receipts up to the one with this place in the chain are durable in the core's spool. */
struct actor_recorded {
	struct actor_header header;
	uint64_t seq;
};

struct actor_effect {
	struct actor_header header;
	struct verb_args args;
	uint8_t origin;
	uint8_t gone;		 /* 1: no longer in force */
	uint64_t rule_hash;	 /* hash_name() of the rule, 0: none */
	int64_t expires_mono_us; /* CLOCK_BOOTTIME; INT64_MAX: no end */
	int64_t expires_wall_us; /* 0: no end */
};

/* IPv6 networks, of ban_prefix6 bits, that no rule may ban whole because the device needs an address in them. */
struct actor_nets {
	struct actor_header header;
	uint32_t count;
	struct addr nets[MESSAGE_NETS_MAX];
};

/* What the packet filter needs for a log of packets, and has not. */
enum actor_lack {
	ACTOR_LACKS_NOTHING = 0, /* that is known */
	ACTOR_LACKS_SOCKET,	 /* nft_socket */
	ACTOR_LACKS_LIMIT,	 /* nft_limit */
	ACTOR_LACKS_LOG,	 /* nft_log, or nfnetlink_log, which it calls */
	ACTOR_LACKS_XT_SOCKET,	 /* of iptables */
	ACTOR_LACKS_XT_LIMIT,
	ACTOR_LACKS_XT_PKTTYPE,
	ACTOR_LACKS_XT_NFLOG,
	ACTOR_LACKS,
};

/* What the actor can do now, and what it cannot. */
struct actor_health {
	struct actor_header header;
	uint8_t firewall; /* enum err: state of the nf_tables table */
	uint8_t packets;  /* enum err: state of the table that logs packets, ERR_OK when nobody asked for it */
	uint8_t lacks;	  /* enum actor_lack: which part of the packet filter that table wants and there is not */
	uint8_t journal;  /* enum err: last write of the undo journal */
	uint8_t trust;	  /* enum err: order keys loaded; ERR_NOT_FOUND when not enrolled */
	uint8_t accounts; /* enum err: shadow can be replaced */
	uint32_t core_restarts;
	uint32_t reconciled; /* effects that were put back since the actor's start */
	uint32_t bans;
	uint32_t refused;
	uint32_t leases;	/* effects that end when the service is not heard */
	uint32_t effects_lost;	/* of the journal, for which the ledger had no room */
	uint8_t stuck;		/* enum err: why an effect could not be kept, or not be taken back at its end */
	uint8_t trust_refused;	/* enum err: why the last trust bundle that came was not taken; ERR_OK: it was */
	uint64_t trust_version; /* of the trust bundle in force, 0: none */
	char trust_why[MESSAGE_WHY_MAX];    /* a sentence with trust_refused, else empty */
	uint32_t playbooks;		    /* bound to incidents, that may run */
	uint8_t playbooks_doubt;	    /* 1: some of them have steps that need a witness of what log files say */
	char playbook_why[MESSAGE_WHY_MAX]; /* why one does not run, else empty */
	uint64_t tuning_version;	    /* of the service's settings that are kept, 0: none */
	char tuning_why[MESSAGE_WHY_MAX];   /* why such are not in force, else empty */
	char immunity_why[MESSAGE_WHY_MAX]; /* why a delegation that is kept is not in force, else empty */
	char hosts_why[MESSAGE_WHY_MAX];    /* which addresses that the device needs may be banned, else empty */
};

/* Whether no order asked for it, nor root: a rule or a playbook, upon the core's word, or the fleet's immunity. */
bool message_by_itself(uint8_t origin);

/* "rule", "order", "local", "playbook", "immunity", or "". Never NULL. */
const char *message_origin_name(uint8_t origin);

/* The length of a message of this type, in bytes. 0: the type is unknown. */
size_t message_length(uint16_t type);
