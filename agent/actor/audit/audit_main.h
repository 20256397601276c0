/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that audits: caltropd's own program, started anew (sys/exposure_open.h). It may read all files and
 * nothing else: it can write none, start no program, and has no network; and it ends within two minutes.
 */
#pragma once

/* Run a round: "whole" or "short", the file of hashes, programs that may have the set-user-id
 * bit, and ports of decoys. */
_Noreturn void audit_main(int count, char **arguments);
