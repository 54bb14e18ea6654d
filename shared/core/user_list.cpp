#include "core/user_list.h"

namespace hy::user_list {

namespace {

constexpr const char* kCount = "SELECT COUNT(*) FROM accounts WHERE role = ? AND status <> 2";
constexpr const char* kCountAll = "SELECT COUNT(*) FROM accounts WHERE status <> 2";
// The page is found in an index alone; only its rows are read, and only for them is counted.
#define HY_USERS                                                                                                       \
    "SELECT a.id, a.uid, a.nickname, a.avatar, COALESCE(a.phone, ''), a.role, a.status, a.created_at,"                 \
    " COALESCE(a.last_login_at, 0), (SELECT COUNT(*) FROM robots r WHERE r.owner_id = a.id AND r.deleted_at IS NULL)," \
    " (SELECT COUNT(*) FROM activation_codes c WHERE c.account_id = a.id) FROM (SELECT id FROM accounts WHERE "
#define HY_USERS_END \
    "status <> 2 ORDER BY id DESC LIMIT ? OFFSET ?) p JOIN accounts a ON a.id = p.id ORDER BY a.id DESC"
constexpr const char* kList = HY_USERS "role = ? AND " HY_USERS_END;
constexpr const char* kListAll = HY_USERS HY_USERS_END;
#undef HY_USERS
#undef HY_USERS_END

User read(const db::Rows& rows) {
    User user;
    user.id = rows.integer(1);
    user.uid = rows.text(2);
    user.nickname = rows.text(3);
    user.avatar = rows.text(4);
    user.phone = rows.text(5);
    user.role = static_cast<accounts::Role>(rows.integer(6));
    user.status = static_cast<accounts::Status>(rows.integer(7));
    user.created_at = rows.integer(8);
    user.last_login_at = rows.integer(9);
    user.robots = rows.integer(10);
    user.codes = rows.integer(11);
    return user;
}

}  // namespace

Page list(db::Session& s, std::optional<accounts::Role> role, int64_t page, int64_t page_size) {
    const int64_t skip = (page - 1) * page_size, wanted = role ? static_cast<int64_t>(*role) : 0;
    Page found;
    db::Rows count = role ? s.query(kCount, {wanted}) : s.query(kCountAll);
    if (count.next()) found.total = count.integer(1);
    db::Rows rows = role ? s.query(kList, {wanted, page_size, skip}) : s.query(kListAll, {page_size, skip});
    while (rows.next()) found.users.push_back(read(rows));
    return found;
}

}  // namespace hy::user_list
