//! The columns of a program as a tree over the shape of its records, with what was learned of their order.

use super::order::Order;
use hashbrown::HashMap;
use twin_plan::PathStep;

/// A place in the tree.
pub(super) type NodeId = u32;

/// In place of a node: nobody reads what stands here.
pub(super) const UNREAD: NodeId = NodeId::MAX;

/// One place in a record: who takes a value there, and what stands below it.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Columns that take a number, a text or a truth value.
    pub leaves: Vec<u32>,
    /// Fields, when it is an object.
    pub object: Option<u32>,
    /// Items, when it is an array.
    pub array: Option<u32>,
    /// All columns here and below, for when the value is of another kind.
    pub within: Vec<u32>,
    /// The record in which an object or array was last met here.
    pub met: u64,
}

impl Node {
    /// The column, where one takes the value and nothing is read below.
    pub fn only_column(&self) -> Option<u32> {
        match (self.leaves.as_slice(), self.within.len()) {
            ([column], 1) => Some(*column),
            _ => None,
        }
    }
}

/// The fields of an object that are read.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub names: HashMap<Box<[u8]>, NodeId>,
    pub order: Order,
}

/// The tree, in arenas.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub objects: Vec<Object>,
    /// Nodes by item; [`UNREAD`] for items that nobody reads.
    pub arrays: Vec<Vec<NodeId>>,
}

/// Items of an array that can be read; more would make a table of that length.
const ITEMS_MAX: u32 = 1 << 20;

impl Tree {
    pub fn new() -> Tree {
        Tree { nodes: vec![Node::default()], ..Tree::default() }
    }

    /// Adds a column below a node; errors in words.
    pub fn add(&mut self, root: NodeId, path: &[PathStep], column: u32) -> Result<(), String> {
        let mut at = root;
        self.nodes[at as usize].within.push(column);
        for step in path {
            at = match step {
                PathStep::Name(name) => self.field(at, name),
                PathStep::Item(item) => self.item(at, *item)?,
                // Records that are arrays: columns count from 1.
                PathStep::Column(number) => self.item(at, number.saturating_sub(1))?,
            };
            self.nodes[at as usize].within.push(column);
        }
        self.nodes[at as usize].leaves.push(column);
        Ok(())
    }

    /// The node of a field, made where there is none.
    pub fn field(&mut self, at: NodeId, name: &str) -> NodeId {
        let objects = &mut self.objects;
        let object = *self.nodes[at as usize].object.get_or_insert_with(|| {
            objects.push(Object::default());
            (objects.len() - 1) as u32
        });
        let nodes = &mut self.nodes;
        *self.objects[object as usize].names.entry(name.as_bytes().into()).or_insert_with(|| {
            nodes.push(Node::default());
            (nodes.len() - 1) as NodeId
        })
    }

    fn item(&mut self, at: NodeId, item: u32) -> Result<NodeId, String> {
        if item >= ITEMS_MAX {
            return Err(format!("item {item} of an array is too far"));
        }
        let arrays = &mut self.arrays;
        let array = *self.nodes[at as usize].array.get_or_insert_with(|| {
            arrays.push(Vec::new());
            (arrays.len() - 1) as u32
        });
        let items = &mut self.arrays[array as usize];
        if items.len() <= item as usize {
            items.resize(item as usize + 1, UNREAD);
        }
        if items[item as usize] == UNREAD {
            self.nodes.push(Node::default());
            items[item as usize] = (self.nodes.len() - 1) as NodeId;
        }
        Ok(items[item as usize])
    }
}
