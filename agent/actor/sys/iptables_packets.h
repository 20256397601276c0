/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of packets (nft_packets.h) by chains of iptables and ip6tables. What `iptables-legacy -t mangle -S` shows:
 *
 *	-A INPUT -j CALTROP_PACKETS
 *	-A CALTROP_PACKETS -i lo -j RETURN
 *	-A CALTROP_PACKETS -m pkttype ! --pkt-type unicast -j RETURN
 *	-A CALTROP_PACKETS -p tcp -m tcp ! --tcp-flags RST,ACK NONE -j RETURN
 *	-A CALTROP_PACKETS -p udp -m socket --nowildcard -j RETURN
 *	-A CALTROP_PACKETS -p tcp -m tcp --dport 23 -m limit --limit 50/sec --limit-burst 50 -j NFLOG
 *	-A CALTROP_PACKETS -p tcp -m tcp --dport 23 -j RETURN	(each decoy)
 *	-A CALTROP_PACKETS -p tcp -m socket --nowildcard -j RETURN
 *	-A CALTROP_PACKETS -p tcp -m limit --limit 50/sec --limit-burst 50 -j NFLOG
 *	-A CALTROP_PACKETS -p udp -m udp --sport 0:1023 --dport 32768:65535 -j RETURN
 *	-A CALTROP_PACKETS -p udp -m limit --limit 50/sec --limit-burst 50 -j NFLOG
 */
#pragma once

#include "agent/actor/sys/iptables.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

/*
 * As nft_packets_setup and nft_packets_remove, one family after the other. ERR_UNSUPPORTED: the kernel lacks the
 * matches limit, pkttype or socket (Linux 3.11), or the target NFLOG.
 */
ERR_CHECK enum err iptables_packets_setup(struct iptables *t, const struct settings *settings);

/* After ERR_UNSUPPORTED: the first that the kernel lacks, of either family. */
enum actor_lack iptables_packets_lacks(const struct iptables *t);

ERR_CHECK enum err iptables_packets_remove(struct iptables *t);
