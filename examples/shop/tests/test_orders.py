import unittest

from shop.orders import Order
from shop.stock import Stock


class OrderTest(unittest.TestCase):
    def setUp(self):
        self.order = Order()
        self.order.add("apple", 3, 50)
        self.order.add("pear", 2, 75)

    def test_the_subtotal_is_the_sum_of_all_lines(self):
        self.assertEqual(self.order.subtotal(), 300)

    def test_a_receipt_ends_with_the_total(self):
        self.assertTrue(self.order.receipt().endswith("total 3.00"))

    def test_shipping_takes_from_the_stock(self):
        stock = Stock({"apple": 5, "pear": 2})
        self.order.ship(stock)
        self.assertEqual((stock.left("apple"), stock.left("pear")), (2, 0))

    def test_what_is_not_there_cannot_be_shipped(self):
        with self.assertRaises(ValueError):
            self.order.ship(Stock({"apple": 1}))
