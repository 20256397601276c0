# SPDX-License-Identifier: Apache-2.0
# Lays out what sbom.sh found as JSON: awk -v format=spdx|cdx -v version= -v created=TIME -v id=SHA256 -f sbom.awk LIST
# Names and versions have no character that JSON would have to escape: who has one is refused.

BEGIN { FS = "\t"; own = "Apache-2.0" }
/["\\]/ { print "sbom: a quotation mark or a backslash in: " $0 > "/dev/stderr"; failed = 1; exit 1 }
$1 == "program" { programs[++n] = $2; sum[$2] = $4 }
$1 == "library" { libs[++m] = $2; of[$2] = $3; licence[$2] = $4; cpe[$2] = $5; purl[$2] = $6 }
$1 == "link" { links[++k] = $2 FS $3 FS $4 }

function comma(i, last) { return i < last ? "," : "" }

# An identifier has letters, digits, dots and dashes only.
function ref(name) { gsub(/[^A-Za-z0-9.-]/, "-", name); sub(/^-/, "", name); return name }

function cpe_of(name) { return "cpe:2.3:a:" cpe[name] ":" of[name] ":*:*:*:*:*:*:*" }

function has_cpe(name) { return cpe[name] != "-" && of[name] != "" }

# -- SPDX --

function relation(from, kind, to, more)
{
	printf "    {\"spdxElementId\": \"SPDXRef-%s\", \"relationshipType\": \"%s\", \"relatedSpdxElement\": \"SPDXRef-%s\"}%s\n", \
		from, kind, to, more
}

function package(name, v, terms, purpose, extra, more)
{
	printf "    {\"SPDXID\": \"SPDXRef-%s\", \"name\": \"%s\", %s\"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false,\n", \
		ref(name), name, v == "" ? "" : "\"versionInfo\": \"" v "\", "
	printf "     \"licenseConcluded\": \"%s\", \"licenseDeclared\": \"%s\", \"copyrightText\": \"NOASSERTION\",\n", \
		terms == "-" ? "NOASSERTION" : terms, terms == own && purpose != "LIBRARY" ? own : "NOASSERTION"
	printf "     \"primaryPackagePurpose\": \"%s\"%s}%s\n", purpose, extra, more
}

function references(name)
{
	return ",\n     \"externalRefs\": [" (has_cpe(name) ? "{\"referenceCategory\": \"SECURITY\", \"referenceType\": " \
		"\"cpe23Type\", \"referenceLocator\": \"" cpe_of(name) "\"},\n      " : "") \
		"{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\", \"referenceLocator\": \"" purl[name] "\"}]"
}

function spdx(    i, f)
{
	printf "{\n  \"spdxVersion\": \"SPDX-2.3\", \"dataLicense\": \"CC0-1.0\", \"SPDXID\": \"SPDXRef-DOCUMENT\",\n"
	printf "  \"name\": \"caltrop-%s\", \"documentNamespace\": \"https://caltrop.invalid/spdx/caltrop-%s-%s\",\n", version, version, id
	printf "  \"creationInfo\": {\"created\": \"%s\", \"creators\": [\"Tool: caltrop-sbom-%s\"]},\n  \"packages\": [\n", created, version
	package("caltrop-sources", version, own, "SOURCE", "", comma(0, n + m))
	for (i = 1; i <= n; i++)
		package(programs[i], version, own, "APPLICATION", ", \"checksums\": [{\"algorithm\": \"SHA256\", " \
			"\"checksumValue\": \"" sum[programs[i]] "\"}]", comma(i, n + m))
	for (i = 1; i <= m; i++)
		package(libs[i], of[libs[i]], licence[libs[i]], "LIBRARY", references(libs[i]), comma(i, m))
	printf "  ],\n  \"relationships\": [\n"
	for (i = 1; i <= n; i++) {
		relation("DOCUMENT", "DESCRIBES", ref(programs[i]), ",")
		relation(ref(programs[i]), "GENERATED_FROM", "caltrop-sources", comma(i, n + k))
	}
	for (i = 1; i <= k; i++) {
		split(links[i], f, FS)
		relation(ref(f[1]), f[3] == "static" ? "STATIC_LINK" : "DYNAMIC_LINK", ref(f[2]), comma(i, k))
	}
	printf "  ]\n}\n"
}

# -- CycloneDX --

function licences(terms)
{
	if (terms == "-")
		return ""
	return ", \"licenses\": [" (terms ~ / / ? "{\"expression\": \"" terms "\"}" : "{\"license\": {\"id\": \"" terms "\"}}") "]"
}

function depends(from,    i, f, out)
{
	for (i = 1; i <= k; i++) {
		split(links[i], f, FS)
		if (f[1] == from)
			out = out (out == "" ? "" : ", ") "\"" ref(f[2]) "\""
	}
	return out
}

function cdx(    i, l)
{
	printf "{\n  \"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\", \"version\": 1,\n"
	printf "  \"serialNumber\": \"urn:uuid:%s-%s-8%s-8%s-%s\",\n", substr(id, 1, 8), substr(id, 9, 4), substr(id, 14, 3), \
		substr(id, 18, 3), substr(id, 21, 12)
	printf "  \"metadata\": {\"timestamp\": \"%s\", \"tools\": {\"components\": [{\"type\": \"application\", \"name\": " \
		"\"caltrop-sbom\", \"version\": \"%s\"}]},\n", created, version
	printf "    \"component\": {\"type\": \"application\", \"bom-ref\": \"caltrop-sources\", \"name\": \"caltrop-sources\", \"version\": \"%s\"%s}},\n", \
		version, licences(own)
	printf "  \"components\": [\n"
	for (i = 1; i <= n; i++)
		printf "    {\"type\": \"application\", \"bom-ref\": \"%s\", \"name\": \"%s\", \"version\": \"%s\"%s,\n     \"hashes\": " \
			"[{\"alg\": \"SHA-256\", \"content\": \"%s\"}]}%s\n", ref(programs[i]), programs[i], version, \
			licences(own), sum[programs[i]], comma(i, n + m)
	for (i = 1; i <= m; i++) {
		l = libs[i]
		printf "    {\"type\": \"library\", \"bom-ref\": \"%s\", \"name\": \"%s\"%s%s%s, \"purl\": \"%s\"}%s\n", ref(l), l, \
			of[l] == "" ? "" : ", \"version\": \"" of[l] "\"", licences(licence[l]), \
			has_cpe(l) ? ",\n     \"cpe\": \"" cpe_of(l) "\"" : "", purl[l], comma(i, m)
	}
	printf "  ],\n  \"dependencies\": [\n    {\"ref\": \"caltrop-sources\", \"dependsOn\": ["
	for (i = 1; i <= n; i++)
		printf "\"%s\"%s", ref(programs[i]), i < n ? ", " : ""
	printf "]}%s\n", comma(0, n + m)
	for (i = 1; i <= n; i++)
		printf "    {\"ref\": \"%s\", \"dependsOn\": [%s]}%s\n", ref(programs[i]), depends(programs[i]), comma(i, n + m)
	for (i = 1; i <= m; i++)
		printf "    {\"ref\": \"%s\"}%s\n", ref(libs[i]), comma(i, m)
	printf "  ]\n}\n"
}

END {
	if (failed)
		exit 1
	if (n == 0) {
		print "sbom: no program is built" > "/dev/stderr"
		exit 1
	}
	if (format == "spdx")
		spdx()
	else
		cdx()
}
