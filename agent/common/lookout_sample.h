/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd's lookout (agent/actor/lookout) tells the core, one message of a SOCK_SEQPACKET socket each. All begin
 * alike, so that the source knows whose they are. The numbers have the machine's own byte order. No sample carries what
 * is in a file.
 */
#pragma once

#include <stdint.h>

#define LOOKOUT_SAMPLE_VERSION 1

/* Whose the sample is, in the second byte. */
enum lookout_sensor { LOOKOUT_FILE = 1, LOOKOUT_SESSION = 2, LOOKOUT_ACCOUNT = 3, LOOKOUT_SENSORS = 4 };

enum lookout_file_kind {
	LOOKOUT_FILE_CHANGE = 1, /* struct lookout_file, and its texts */
	LOOKOUT_FILE_STATE = 2,	 /* struct lookout_state */
};

enum lookout_file_flags {
	LOOKOUT_IDS = 1,	  /* uid is known */
	LOOKOUT_HASH = 2,	  /* hash is */
	LOOKOUT_HASH_BEFORE = 4,  /* hash_before is */
	LOOKOUT_BEFORE = 8,	  /* mode_before and owner_before are */
	LOOKOUT_UPDATE = 16,	  /* a package manager had its lock */
	LOOKOUT_MAINTENANCE = 64, /* somebody said that files will be changed */
	LOOKOUT_GONE = 32,	  /* nothing has the name any more: mode, owner, size and hash are 0 */
};

#define LOOKOUT_HASH_BYTES 32u
#define LOOKOUT_NAME 16u
#define LOOKOUT_PATH_MAX 1024u /* bytes of each text */

/* The texts follow without padding: path, exe, target. */
struct lookout_file {
	uint8_t version; /* LOOKOUT_SAMPLE_VERSION */
	uint8_t sensor;	 /* LOOKOUT_FILE */
	uint8_t kind;	 /* enum lookout_file_kind */
	uint8_t action;	 /* enum file_action of event/file.h */
	uint8_t group;	 /* enum file_group */
	uint8_t type;	 /* enum file_type */
	uint8_t source;	 /* enum file_source */
	uint8_t flags;	 /* enum lookout_file_flags */
	uint32_t pid;	 /* 0: not known */
	uint32_t uid;
	uint32_t mode, mode_before; /* the lower 12 bits: permissions, set-user-ID and the like */
	uint32_t owner, owner_before;
	uint64_t size;
	uint8_t hash[LOOKOUT_HASH_BYTES], hash_before[LOOKOUT_HASH_BYTES];
	uint16_t path_len, exe_len, target_len, reserved;
	char name[LOOKOUT_NAME]; /* ended by NUL if it is shorter */
};

#define LOOKOUT_SAMPLE_MAX (sizeof(struct lookout_file) + 3u * LOOKOUT_PATH_MAX)

/* What is watched, and how well. Sent when it changes. */
struct lookout_state {
	uint8_t version, sensor, kind; /* as above */
	uint8_t full;		       /* 1: there are more files or directories than there is room for */
	uint32_t files;		       /* known */
	uint32_t dirs;		       /* watched, or on the way to what is */
	uint32_t blind;		       /* directories of which inotify tells, which names no process */
	uint32_t refused;	       /* paths of the settings that lead over a link */
	uint16_t maintenance;	       /* 1: changes are expected now */
	uint16_t unsaved;	       /* 1: what is known could not be kept over a restart */
	uint64_t missed;	       /* changes that were not told of, or not one by one */
	uint16_t decoys_gone;	       /* decoys that are not there, or for which there is no room */
	uint16_t reserved[3];
	char why[96]; /* why fanotify does not tell of them; ended by NUL */
};

enum lookout_session_kind {
	LOOKOUT_SESSION_RECORD = 1,  /* a record of wtmp or utmp(5) */
	LOOKOUT_SESSION_REFUSED = 2, /* one of btmp */
	LOOKOUT_SESSION_LOGIND = 3,  /* a session's name, NUL, and what systemd-logind's file says of it */
	LOOKOUT_SESSION_GONE = 4,    /* the name of one that is gone */
	LOOKOUT_SESSION_STATE = 5,   /* struct lookout_session_state */
};

#define LOOKOUT_SESSION_BYTES 2048u

/* The bytes follow. */
struct lookout_session {
	uint8_t version; /* LOOKOUT_SAMPLE_VERSION */
	uint8_t sensor;	 /* LOOKOUT_SESSION */
	uint8_t kind;	 /* enum lookout_session_kind */
	uint8_t known;	 /* 1: it is no news */
};

struct lookout_session_state {
	uint8_t version;
	uint8_t by;	  /* enum session_source: what they are known by; SESSION_SOURCE_NONE: nothing */
	uint8_t database; /* 1: programs write the database of wtmpdb(8) in place of wtmp, which is not read */
	uint8_t reserved[5];
	uint64_t lost; /* samples that the core had no room for */
};

#define LOOKOUT_ACCOUNT_NAME 32u /* bytes of an account's or a group's name */
#define LOOKOUT_ACCOUNT_SHELL 64u
/* The groups of those who have a rule there; no group has such a name. */
#define LOOKOUT_SUDOERS "/etc/sudoers"
#define LOOKOUT_DOAS "/etc/doas.conf"

/* A change of an account. No sample carries a password or what stands for one. The program's path follows. */
struct lookout_account {
	uint8_t version; /* LOOKOUT_SAMPLE_VERSION */
	uint8_t sensor;	 /* LOOKOUT_ACCOUNT */
	uint8_t action;	 /* enum account_action of event/account.h */
	uint8_t flags;	 /* LOOKOUT_IDS, LOOKOUT_UPDATE, LOOKOUT_MAINTENANCE */
	uint32_t pid;	 /* 0: not known */
	uint32_t uid;	 /* of that process */
	uint32_t id;	 /* of the account */
	uint8_t name_len, group_len, shell_len, reserved;
	char name[LOOKOUT_ACCOUNT_NAME], group[LOOKOUT_ACCOUNT_NAME], shell[LOOKOUT_ACCOUNT_SHELL];
};
