#include "rights.h"

#include <sstream>

#include "base/errors.h"
#include "base/text.h"

namespace hy::tools {

namespace {

struct Row {
    std::string table;
    std::vector<std::string> rights;  // in the order of the roles
};
struct Matrix {
    std::vector<std::string> roles;
    std::vector<Row> rows;
};

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

[[noreturn]] void refuse(const std::string& why) { throw Error(Fault::bad_request, "rights", "sql/rights: " + why); }

constexpr std::string_view kLetters = "SIUD";
constexpr const char* kNames[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};

// Those of the four that stand in `letters`, or that do not, as GRANT and REVOKE say them.
std::string privileges(const std::string& letters, bool standing) {
    std::string text;
    for (size_t i = 0; i < kLetters.size(); ++i)
        if ((letters.find(kLetters[i]) != std::string::npos) == standing)
            text += (text.empty() ? "" : ", ") + std::string(kNames[i]);
    return text;
}

Matrix read(std::string_view text) {
    Matrix matrix;
    for (const auto& line : split(text, '\n')) {
        auto words = words_of(std::string(line));
        const bool head = words.size() > 2 && words[0] == "#" && words[1] == "table";
        if (head) matrix.roles.assign(words.begin() + 2, words.end());
        if (words.empty() || words[0].starts_with("#")) continue;
        Row row{words[0], {words.begin() + 1, words.end()}};
        if (row.rights.size() != matrix.roles.size()) refuse(row.table + ": a column for each door is wanted");
        for (const auto& letters : row.rights)
            if (letters != "-" && letters.find_first_not_of(kLetters) != std::string::npos)
                refuse(row.table + ": what is \"" + letters + "\"?");
        matrix.rows.push_back(std::move(row));
    }
    if (matrix.roles.empty() || matrix.rows.empty()) refuse("no matrix");
    return matrix;
}

// As MySQL quotes: a quote and a backslash are escaped.
std::string quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') result.push_back('\\');
        result.push_back(c);
    }
    return result + "'";
}

}  // namespace

std::vector<std::string> rights_roles(std::string_view text) { return read(text).roles; }

std::string rights_statements(std::string_view text, const std::string& schema, const std::string& host,
                              const std::vector<std::string>& passwords) {
    const Matrix matrix = read(text);
    if (passwords.size() != matrix.roles.size()) refuse("a password for each door is wanted");
    std::string statements;
    for (size_t i = 0; i < matrix.roles.size(); ++i) {
        const std::string user = quoted("hongyan_" + matrix.roles[i]) + "@" + quoted(host);
        statements += "CREATE USER IF NOT EXISTS " + user + " IDENTIFIED BY " + quoted(passwords[i]) +
                      ";\nALTER USER " + user + " IDENTIFIED BY " + quoted(passwords[i]) + ";\n";
        for (const auto& row : matrix.rows) {
            const std::string on = " ON `" + schema + "`.`" + row.table + "` ";
            const std::string excess = privileges(row.rights[i], false);
            // All, then less: what was granted before and is no longer meant goes, and at no moment is anything missing
            // that a running program needs.
            statements += "GRANT SELECT, INSERT, UPDATE, DELETE" + on + "TO " + user + ";\n";
            if (!excess.empty()) statements += "REVOKE " + excess + on + "FROM " + user + ";\n";
        }
    }
    return statements;
}

}  // namespace hy::tools
