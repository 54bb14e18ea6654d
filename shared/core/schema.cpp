#include "core/schema.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace hy::schema {

namespace {

constexpr const char* kCreate =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL,"
    " applied_at BIGINT NOT NULL)";
constexpr const char* kNewest = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
constexpr const char* kExists =
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_version'";
constexpr const char* kApplied = "INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)";

std::vector<std::string> statements_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<std::string> statements;
    std::string statement;
    for (std::string line; std::getline(in, line);) {
        if (trim(line).empty() || trim(line).starts_with("--")) continue;
        statement += line + "\n";
        if (!trim(line).ends_with(";")) continue;
        statement.resize(statement.rfind(';'));
        statements.push_back(std::move(statement));
        statement.clear();
    }
    if (!trim(statement).empty()) statements.push_back(statement);
    return statements;
}

}  // namespace

int64_t version(db::Database& db) {
    return db.read([](db::Session& s) -> int64_t {
        if (!s.query(kExists).next()) return 0;
        db::Rows rows = s.query(kNewest);
        return rows.next() ? rows.integer(1) : 0;
    });
}

std::vector<std::string> migrate(db::Database& db, const std::string& folder, int64_t now_ms) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    db.read([](db::Session& s) { s.execute(kCreate); });
    const int64_t have = version(db);
    std::vector<std::string> applied;
    for (const auto& file : files) {
        const std::string name = file.stem().string();
        const auto number = to_int(name.substr(0, name.find('_')));
        if (!number) throw Error(Fault::internal, "migration", "", name + " does not begin with a number");
        if (*number <= have) continue;
        // DDL commits by itself: a migration that fails half way is mended by hand, which is
        // why each holds one change.
        db.read([&](db::Session& s) {
            for (const auto& statement : statements_of(file)) s.execute(statement);
            s.execute(kApplied, {*number, name, now_ms});
        });
        applied.push_back(name);
    }
    return applied;
}

}  // namespace hy::schema
