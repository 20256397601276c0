/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled process.bpf.c, which the build puts into the program (ports/host/bpf.mk). */
#pragma once

extern const char process_bpf_o[];
extern const unsigned process_bpf_o_len;
