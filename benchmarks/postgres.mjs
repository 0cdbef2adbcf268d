// Where oidc-provider keeps things in PostgreSQL: one row for each payload, as its documentation asks of an adapter. A statement is a transaction.
export const TABLE = `
  CREATE TABLE kept (
    model text, id text, payload jsonb NOT NULL, grant_id text, user_code text, uid text, expires_at timestamptz, PRIMARY KEY (model, id)
  );
  CREATE INDEX kept_by_grant ON kept (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX kept_by_user_code ON kept (model, user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX kept_by_uid ON kept (model, uid) WHERE uid IS NOT NULL`;

const KEEP = `INSERT INTO kept VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second') ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload,
  grant_id = excluded.grant_id, user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`;
const CONSUME = "UPDATE kept SET payload = payload || jsonb_build_object('consumed', floor(extract(epoch FROM now()))::bigint) WHERE model = $1 AND id = $2";
const FIND = "SELECT payload FROM kept WHERE model = $1 AND (expires_at IS NULL OR expires_at > now()) AND ";

export function adapter(pool) {
  // A name makes it a prepared statement.
  const query = async (name, text, values) => (await pool.query({ name, text, values })).rows[0]?.payload;
  return class Postgres {
    constructor(model) { this.model = model; }
    async upsert(id, payload, expiresIn) {
      await query("keep", KEEP, [this.model, id, payload, payload.grantId ?? null, payload.userCode ?? null, payload.uid ?? null, expiresIn ?? null]);
    }
    find(id) { return query("find", `${FIND} id = $2`, [this.model, id]); }
    findByUid(uid) { return query("by uid", `${FIND} uid = $2`, [this.model, uid]); }
    findByUserCode(code) { return query("by user code", `${FIND} user_code = $2`, [this.model, code]); }
    async consume(id) { await query("consume", CONSUME, [this.model, id]); }
    async destroy(id) { await query("destroy", "DELETE FROM kept WHERE model = $1 AND id = $2", [this.model, id]); }
    async revokeByGrantId(id) { await query("revoke", "DELETE FROM kept WHERE grant_id = $1", [id]); }
  };
}
