# SPDX-License-Identifier: Apache-2.0
# A manufacturer for tests, by openssl(1): CAs, and certificates as devices get them when they are made (IEEE 802.1AR).
# To be sourced; works in the present directory.
#
#   factory_key NAME [ec:CURVE|rsa:BITS]                  NAME.key
#   factory_ca NAME SUBJECT [ISSUER] [EXTENSION]...       NAME.pem, a CA's, by itself or by ISSUER
#   factory_device NAME SUBJECT ISSUER [EXTENSION]...     NAME.pem
#
# FACTORY_DIGEST, FACTORY_FROM and FACTORY_TO hold for what follows them. An extension is a line of openssl's
# configuration; without any, a CA and a device have the usual ones.

FACTORY_DIGEST=sha256 FACTORY_FROM=20200101000000Z FACTORY_TO=99991231235959Z

factory_key()
{
	case ${2:-ec:P-256} in
	rsa:*) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:${2#rsa:} -out $1.key ;;
	ec:*) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$(echo ${2:-ec:P-256} | cut -d: -f2) -out $1.key ;;
	esac 2>/dev/null
	chmod 0400 $1.key
}

# factory_sign NAME SUBJECT ISSUER EXTENSION...
factory_sign()
{
	local name=$1 subject=$2 issuer=$3 self=; shift 3
	[ -e $name.key ] || factory_key $name
	[ $name = $issuer ] && self=-selfsign
	rm -rf ca.tmp; mkdir ca.tmp; : >ca.tmp/index; openssl rand -hex 16 >ca.tmp/serial
	{
		printf '[ca]\ndefault_ca = it\n[it]\nnew_certs_dir = ca.tmp\ndatabase = ca.tmp/index\nserial = ca.tmp/serial\n'
		printf 'policy = any\nunique_subject = no\n[any]\nserialNumber = optional\ncommonName = optional\n'
		printf 'organizationName = optional\n[req]\ndistinguished_name = dn\nprompt = no\n[dn]\n[ext]\n'
		printf '%s\n' "$@"
	} >ca.tmp/conf
	openssl req -new -config ca.tmp/conf -key $name.key -subj "$subject" -multivalue-rdn -out ca.tmp/csr &&
		openssl ca -config ca.tmp/conf -batch -notext -in ca.tmp/csr -keyfile $issuer.key $self \
			-cert $([ $self ] && echo ca.tmp/csr || echo $issuer.pem) -md $FACTORY_DIGEST -extensions ext \
			-startdate $FACTORY_FROM -enddate $FACTORY_TO -preserveDN -out $name.pem 2>ca.tmp/said ||
		{ cat ca.tmp/said >&2; return 1; }
	rm -rf ca.tmp
}

factory_ca()
{
	local name=$1 subject=$2 issuer=${3:-$1}
	shift; shift; [ $# -gt 0 ] && shift
	[ $# -gt 0 ] || set -- 'basicConstraints = critical, CA:TRUE' 'keyUsage = critical, keyCertSign, cRLSign'
	factory_sign $name "$subject" $issuer "$@"
}

factory_device()
{
	local name=$1 subject=$2 issuer=$3; shift 3
	[ $# -gt 0 ] || set -- 'keyUsage = critical, digitalSignature' 'authorityKeyIdentifier = keyid'
	factory_sign $name "$subject" $issuer "$@"
}
