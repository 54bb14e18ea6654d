#include "people.h"

#include <cstdio>

#include "base/text.h"
#include "core/accounts.h"
#include "core/audit.h"
#include "core/erasure.h"
#include "core/portability.h"
#include "core/sessions.h"

namespace hy::tools {

namespace {

using Words = std::vector<std::string>;

// Who has the host's settings: nobody of the house.
constexpr const char* kOperator = "hongyanctl";

int fail(const std::string& words) {
    fprintf(stderr, "hongyanctl: %s\n", words.c_str());
    return 1;
}

std::optional<accounts::Account> find_account(db::Session& s, const std::string& word) {
    if (auto account = accounts::find_by_phone(s, word)) return account;
    if (auto account = accounts::find_by_uid(s, word)) return account;
    const auto id = to_int(word);
    return id ? accounts::find(s, *id) : std::nullopt;
}

// Every page as a line of JSON.
int export_account(db::Database& db, const House& house, int64_t id) {
    db.transaction([&](db::Session& s) {
        audit::write(s, house.clock.now_ms(), kOperator, "account.export", std::to_string(id));
    });
    std::string from;
    do {
        const auto page = db.read([&](db::Session& s) { return portability::page(s, house, id, from); });
        printf("%s\n", page.json.c_str());
        from = page.next;
    } while (!from.empty());
    return 0;
}

// Connections and tokens end within a second; what is told goes through the outbox.
int delete_account(db::Database& db, const House& house, int64_t id) {
    db.transaction([&](db::Session& s) {
        outbox::Pushes pushes;
        erasure::begin(s, house, id, kOperator, pushes);
        outbox::store(s, house, pushes);
    });
    printf("account %lld is closed; what it has is being erased\n", static_cast<long long>(id));
    return 0;
}

}  // namespace

int create_admin(db::Database& db, const House& house, const std::string& phone) {
    return db.transaction([&](db::Session& s) {
        if (accounts::find_by_phone(s, phone)) return 0;
        const auto account = accounts::create(s, house, "管理员");
        accounts::set_phone(s, house, account.id, phone);
        accounts::set_role(s, house, account.id, accounts::Role::admin);
        return 1;
    });
}

int admin(db::Database& db, const House& house, const Words& words) {
    if (words.size() == 3 && words[1] == "create") {
        create_admin(db, house, words[2]);
        printf("%s signs in at /console/ with a code by SMS\n", words[2].c_str());
        return admin(db, house, {"admin", "grant", words[2]});
    }
    if (words.size() != 3 || (words[1] != "grant" && words[1] != "revoke"))
        return fail("admin create PHONE, admin grant|revoke PHONE|UID|ID");
    const bool grant = words[1] == "grant";
    return db.transaction([&](db::Session& s) {
        const auto account = find_account(s, words[2]);
        if (!account) return fail("no account " + words[2]);
        audit::write(s, house.clock.now_ms(), kOperator, grant ? "admin.grant" : "admin.revoke",
                     std::to_string(account->id));
        accounts::set_role(s, house, account->id, grant ? accounts::Role::admin : accounts::Role::user);
        printf("%s (%lld) is %s\n", account->nickname.c_str(), static_cast<long long>(account->id),
               grant ? "an admin" : "a user");
        return 0;
    });
}

int token(db::Database& db, const House& house, const Words& words) {
    if (words.size() != 2) return fail("token ID");
    return db.transaction([&](db::Session& s) {
        const auto account = find_account(s, words[1]);
        if (!account) return fail("no account " + words[1]);
        audit::write(s, house.clock.now_ms(), kOperator, "token.issue", std::to_string(account->id));
        const auto pair = sessions::log_in(s, house, *account);
        printf("{\"access_token\":\"%s\",\"refresh_token\":\"%s\"}\n", pair.access.c_str(), pair.refresh.c_str());
        return 0;
    });
}

int account(db::Database& db, const House& house, const Words& words) {
    if (words.size() != 3 || (words[1] != "export" && words[1] != "delete"))
        return fail("account export|delete PHONE|UID|ID");
    const auto found = db.read([&](db::Session& s) { return find_account(s, words[2]); });
    if (!found || found->status == accounts::Status::closed) return fail("no account " + words[2]);
    if (words[1] == "export") return export_account(db, house, found->id);
    if (found->role != accounts::Role::user) return fail(words[2] + " is an admin; admin revoke comes first");
    return delete_account(db, house, found->id);
}

}  // namespace hy::tools
