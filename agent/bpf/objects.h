/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled programs for the kernel, which the build puts into caltrop-bpf (ports/host/bpf.mk). */
#pragma once

extern const char process_bpf_o[];
extern const unsigned process_bpf_o_len;
extern const char socket_bpf_o[];
extern const unsigned socket_bpf_o_len;
