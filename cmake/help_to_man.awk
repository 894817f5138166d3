# help_to_man.awk: makes a man page of the output of `PROGRAM --help`, so that both have one source. POSIX awk.
#
#   awk -v version=0.1.0 -v footer=FILE -f help_to_man.awk HELP
#
# The help begins with "PROGRAM: what it is." and "Usage: PROGRAM ...". A line without indentation above indented lines is the
# heading of a group of options. An option begins in column 3, its text in column 29; text that is indented further is a table.
# The file `footer` holds further sections, as roff.

function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

function close_block() {
    if (verbatim)
        print ".EE"
    verbatim = 0
}

function begin_verbatim() {
    if (!verbatim)
        print ".EX"
    verbatim = 1
}

function section(name) {
    close_block()
    print ".SH " name
}

function is_heading(i) {
    return lines[i] ~ /^[^ ]/ && lines[i + 1] ~ /^  --/
}

function first_line(text,    program) {
    program = text
    sub(/:.*/, "", program)
    sub(/^[^:]*: /, "", text)
    sub(/\.$/, "", text)
    print ".\\\" Made from the output of --help by cmake/help_to_man.awk."
    print ".TH " toupper(escape(program)) " 1 \"\" \"boxd " version "\" \"User Commands\""
    section("NAME")
    print escape(program) " \\- " escape(text)
    section("SYNOPSIS")
    print "\\fB" escape(program) "\\fR"
}

function unindented(i) {
    if (lines[i] ~ /^Usage: /) {
        sub(/^Usage: [^ ]* ?/, "", lines[i])
        print escape(lines[i])
        section("DESCRIPTION")
        return
    }
    close_block()
    if (is_heading(i)) {
        if (!in_options++)
            print ".SH OPTIONS"
        print ".SS " escape(lines[i])
        return
    }
    if (in_options && !in_notes++)
        print ".SH NOTES"
    else if (lines[i - 1] == "")
        print ".PP"
    print escape(lines[i])
}

# "--name VALUE": the name is bold, the value italic.
function option_name(text,    words, count, i, line) {
    count = split(text, words, " ")
    line = "\\fB" escape(words[1]) "\\fR"
    for (i = 2; i <= count; i++)
        line = line (words[i] ~ /^--/ ? " \\fB" escape(words[i]) "\\fR" : " \\fI" escape(words[i]) "\\fR")
    close_block()
    print ".TP"
    print line
}

# "  --name VALUE  text": two blanks, or column 29, separate the text.
function option(text) {
    if (match(text, /  +/)) {
        option_name(substr(text, 1, RSTART - 1))
        print escape(substr(text, RSTART + RLENGTH))
    } else if (length(text) > 26 && substr(text, 26, 1) == " " && substr(text, 1, 25) ~ /[a-z]$/) {
        option_name(substr(text, 1, 25))
        print escape(substr(text, 27))
    } else {
        option_name(text)
    }
}

function indented(i,    text) {
    if (lines[i] ~ /^  --/) {
        option(substr(lines[i], 3))
    } else if (in_options && lines[i] ~ /^                            [^ ]/) {
        close_block()
        text = substr(lines[i], 29)
        if (text ~ /^([0-9.]+|newest): /) # an item of a list
            print ".br"
        print escape(text)
    } else {
        begin_verbatim()
        text = lines[i]
        text = substr(text, in_options ? 29 : 3)
        print escape(text)
    }
}

{ lines[NR] = $0 }

END {
    first_line(lines[1])
    for (i = 2; i <= NR; i++)
        if (lines[i] == "")
            close_block()
        else if (lines[i] ~ /^ /)
            indented(i)
        else
            unindented(i)
    close_block()
    while (footer != "" && (getline line < footer) > 0)
        print line
}
