CREATE TABLE categories (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id integer NOT NULL REFERENCES categories,
    name text NOT NULL UNIQUE,
    price_cents integer NOT NULL CHECK (price_cents > 0),
    stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0)
);

CREATE INDEX products_by_category ON products (category_id);
